from __future__ import annotations

from cpsl.records import SessionRecord, UserRecord
from cpsl_dev.tui.turn_view import TurnView
from cpsl_dev.tui.widgets.data_tree import DataTree
from cpsl_dev.tui.widgets.inspector import Inspector, session_facts
from tests.screens import messages, settled, show, shown

SESSION = SessionRecord(
    id="notes",
    title="Shopping",
    user=UserRecord(id="dev", email="dev@localhost"),
    channel="chat",
    data={"notes": []},
    history=[],
    integrations={},
    revision=7,
    turns=3,
    busy=False,
    created_at="2026-11-22T10:02:11Z",
    updated_at="",
)


async def test_tab_shows_what_came_while_it_was_hidden() -> None:
    async with show(Inspector(), size=(60, 20)) as (pilot, inspector):
        inspector.show_session(SESSION)
        inspector.show_turns([TurnView(turn=1, text="first")])
        inspector.model.load({"n": 1}, 1, same_session=False)
        inspector.show_data()
        await shown(pilot, "Shopping")

        inspector.choose_tab("Turns")
        await shown(pilot, "first", gone="Shopping")
        inspector.choose_tab("Data")
        await shown(pilot, "n  1")
        inspector.choose_tab("nonsense")
        await shown(pilot, "n  1")

        assert [message.name for message in messages(pilot, Inspector.TabChosen)] == [
            "Turns",
            "Data",
        ]


async def test_focus_goes_to_the_tab_that_is_shown() -> None:
    async with show(Inspector(), size=(60, 20)) as (pilot, inspector):
        inspector.choose_tab("History")
        await pilot.pause()
        inspector.focus_tab()
        await pilot.pause()

        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "history-list"


def test_session_is_described() -> None:
    facts = dict(session_facts(SESSION))

    assert (facts["id"], facts["user"], facts["email"]) == ("notes", "dev", "dev@localhost")
    assert (facts["turns"], facts["data keys"], facts["integrations"]) == ("3", "notes", "none")
    assert "org" not in facts


async def test_keys_of_a_tab_are_shown_and_work_from_elsewhere() -> None:
    async with show(Inspector(), size=(60, 20)) as (pilot, inspector):
        inspector.model.load({"n": 1}, 1, same_session=False)
        inspector.show_data()

        inspector.run_in_tab("Data", "edit_value")

        await shown(pilot, "n  1", "e edit  a add  d delete")
        await settled(pilot, lambda: messages(pilot, DataTree.Wanted))
        inspector.choose_tab("History")
        await shown(pilot, "nothing was said yet", gone="e edit")


async def test_arrows_lead_to_the_next_tab_from_any_of_them() -> None:
    async with show(Inspector(), size=(60, 20)) as (pilot, inspector):
        inspector.choose_tab("Data")
        await pilot.pause()
        inspector.focus_tab()
        await pilot.press("right", "right")
        await shown(pilot, "no turn yet")
        assert pilot.app.focused is inspector.query_one("#turn-list")
        await pilot.press("left", "left", "left", "left")
        assert pilot.app.focused is inspector.query_one("#app-facts")
