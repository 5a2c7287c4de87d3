from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.screens.story_screens import TurnScreen
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.inspector import Inspector
from cpsl_dev.tui.widgets.session_lists import TurnList
from tests.screens import change_data, say, screen, settled, shown


async def take_three_turns(pilot: Pilot[int], app: DevApp) -> None:
    """Have three turns, and their list."""
    for number, text in enumerate(("one", "two", "three"), 1):
        await say(pilot, text)
        await shown(pilot, f"Saved note #{number}")
    app.query_one(Inspector).choose_tab("Turns")


async def test_turn_opens_with_what_it_did(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")
        app.query_one(Inspector).choose_tab("Turns")
        await shown(pilot, "✓   1 ", "enter open  w rewind  f fork  r replay")
        await pilot.press("f3", "enter")

        await shown(pilot, "Turn 1 · done · gen 1", '+   "notes": [', "data.changed")
        await pilot.press("escape")
        await settled(pilot, lambda: not isinstance(app.screen, TurnScreen))


async def test_rewind_asks_once_and_shows_what_is_left(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await take_three_turns(pilot, app)
        await pilot.press("f3", "end", "w")
        await shown(pilot, "Rewind to turn 1", "2 turns go: 2, 3.")
        await pilot.press("n")
        await shown(pilot, "Saved note #3", gone="Rewind to")

        await pilot.press("w")
        await shown(pilot, "Rewind to turn 1", "2 turns go: 2, 3.")
        await pilot.press("y")
        await shown(pilot, "is back after turn 1.", "Saved note #1", gone="Saved note #2")
        app.query_one(Inspector).choose_tab("Data")
        await shown(pilot, "notes  [1]")
        await pilot.press("f2")
        await say(pilot, "four")
        await shown(pilot, "Saved note #2: four")
        assert [turn.turn for turn in app.presenter.conversation.turns] == [1, 4]


async def test_cursor_is_on_the_turn_that_was_rewound_to(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await take_three_turns(pilot, app)
        await pilot.press("f3", "down", "w")
        await shown(pilot, "Rewind to turn 2")
        await pilot.press("y")
        await settled(pilot, lambda: app.presenter.conversation.turns.last == 2)
        session_id = app.presenter.conversation.session_id
        await pilot.press("f")
        await settled(pilot, lambda: app.presenter.conversation.session_id != session_id)
        await settled(pilot, lambda: app.presenter.conversation.turns.last)

        assert [turn.turn for turn in app.presenter.conversation.turns] == [1, 2]
        # Another session begins at its newest turn.
        assert app.query_one(TurnList).cursor == 0


async def test_rewind_to_the_last_turn_takes_edits_back(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")
        session_id = app.presenter.conversation.session_id
        await change_data(app, {"edited": True})
        await shown(pilot, "edited")
        await app.query_one(Inspector).run_action("app.pane('inspector')")
        app.query_one(Inspector).run_in_tab("Turns", "rewind_to")

        await shown(pilot, "No turn goes. The data is as turn 1 left it again")
        await pilot.press("enter")
        await shown(pilot, "is back after turn 1.")
        assert (await app._link.session(session_id))[0].data == {"notes": ["one"]}


async def test_fork_opens_the_new_session(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")
        await say(pilot, "two")
        await shown(pilot, "Saved note #2")
        first = app.presenter.conversation.session_id
        app.query_one(Inspector).choose_tab("Turns")
        await pilot.press("f3", "end", "enter")
        await shown(pilot, "Turn 1 · done", "f fork")
        await pilot.press("f")

        await shown(pilot, f"Chat · {first}-", "Saved note #1: one", gone="Saved note #2: two")
        await settled(pilot, lambda: app.query_one(ChatPane).prompt.has_focus)
        await say(pilot, "other")
        await shown(pilot, "Saved note #2: other")


async def test_turn_that_is_gone_is_told(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        app._do(app.tools.turns.do, "open", 7)

        await shown(pilot, "has no turn 7.")
        app._do(app.tools.turns.do, "fork", 7)
        await shown(pilot, "has no turn 7.")
