from __future__ import annotations

from cpsl.records import SessionSummary, UserRecord
from cpsl_dev.tui.screens.session_switcher import SessionChoice, SessionSwitcher
from cpsl_dev.tui.widgets.facts import FactList
from cpsl_dev.tui.widgets.key_bar import KeyBar
from tests.screens import settled, show, shown


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
    chosen: list[SessionChoice | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset({"beta"})), chosen.append)
        await shown(pilot, "Sessions · 3", "● beta", "alpha  Shopping", "dev · 1 turn · 11-22")
        await pilot.press(*"SHOP")
        await shown(pilot, "alpha", gone="beta")
        await pilot.press("enter")
        await pilot.pause()

    assert chosen == [SessionChoice("open", "alpha")]


async def test_arrows_move_while_the_search_has_the_focus() -> None:
    chosen: list[SessionChoice | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset()), chosen.append)
        await pilot.press("down", "down", "up", "enter")
        await pilot.pause()

    assert chosen == [SessionChoice("open", "beta")]


async def test_search_in_vain_tells_what_can_be_done() -> None:
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset()))
        await pilot.press("z")

        await shown(pilot, "No session matches; ^N makes one with this id.")


async def test_escape_chooses_nothing() -> None:
    chosen: list[SessionChoice | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset()), chosen.append)
        await pilot.press("z", "enter", "escape")
        await pilot.pause()

    assert chosen == [None]


async def test_session_of_the_cursor_is_to_be_deleted() -> None:
    chosen: list[SessionChoice | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset()), chosen.append)
        await pilot.press("down", "ctrl+d")
        await settled(pilot, lambda: chosen == [SessionChoice("delete", "beta")])


async def test_new_session_gets_what_was_searched_for_in_vain() -> None:
    chosen: list[SessionChoice | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(SessionSwitcher(SESSIONS, frozenset()), chosen.append)
        await shown(pilot, "enter open  ^N new  ^D delete  esc close")
        await pilot.press(*"zed", "ctrl+d", "enter")
        assert chosen == []
        await pilot.click(KeyBar, offset=(16, 0))
        await settled(pilot, lambda: chosen == [SessionChoice("make", "zed")])
