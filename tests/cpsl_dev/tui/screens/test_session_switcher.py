from __future__ import annotations

from cpsl.records import SessionSummary, UserRecord
from cpsl_dev.tui.screens.session_switcher import SessionSwitcher
from cpsl_dev.tui.widgets.facts import FactList
from tests.screens import show, shown


def make_session(session_id: str, title: str = "", *, busy: bool = False) -> SessionSummary:
    return SessionSummary(
        id=session_id,
        title=title,
        user=UserRecord(id="dev"),
        channel="chat",
        turns=1,
        busy=busy,
        updated_at="2026-11-22T10:02:11Z",
    )


SESSIONS = [make_session("alpha", "Shopping"), make_session("beta"), make_session("gamma")]


async def test_sessions_are_searched_and_chosen() -> None:
    chosen: list[str | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset({"beta"})), chosen.append)
        await shown(pilot, "Sessions · 3", "● beta", "alpha  Shopping", "dev · 1 turn · 11-22")
        await pilot.press(*"SHOP")
        await shown(pilot, "alpha", gone="beta")
        await pilot.press("enter")
        await pilot.pause()

    assert chosen == ["alpha"]


async def test_arrows_move_while_the_search_has_the_focus() -> None:
    chosen: list[str | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset()), chosen.append)
        await pilot.press("down", "down", "up", "enter")
        await pilot.pause()

    assert chosen == ["beta"]


async def test_escape_chooses_nothing() -> None:
    chosen: list[str | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset()), chosen.append)
        await pilot.press("z", "enter", "escape")
        await pilot.pause()

    assert chosen == [None]
