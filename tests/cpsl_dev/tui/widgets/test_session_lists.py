from __future__ import annotations

import pytest

from cpsl.records import ErrorRecord, HistoryEntry
from cpsl_dev.tui.turn_view import TurnView
from cpsl_dev.tui.widgets.session_lists import HistoryList, TurnList
from tests.screens import messages, show, shown


def entries(count: int, *, first: int = 0) -> list[HistoryEntry]:
    return [
        HistoryEntry(
            index=index,
            sender="app" if index % 2 else "user",
            text=f"text {index}\nmore",
            channel_type="chat",
            timestamp="2026-11-22T10:02:11Z",
            turn=index // 2 + 1,
        )
        for index in range(first, first + count)
    ]


async def test_history_shows_sender_turn_and_text_in_a_line() -> None:
    async with show(HistoryList(), size=(60, 10)) as (pilot, history):
        history.show(entries(4), 4)

        await shown(pilot, "1 you  text 0 ⏎ more", "2 app  text 3 ⏎ more")


async def test_newest_entry_is_in_sight() -> None:
    async with show(HistoryList(), size=(60, 10)) as (pilot, history):
        history.show(entries(100), 100)
        await shown(pilot, "text 99")
        history.show(entries(102), 102)
        await shown(pilot, "text 101")


async def test_older_entries_are_wanted_near_the_top() -> None:
    async with show(HistoryList(), size=(60, 10)) as (pilot, history):
        history.show(entries(100, first=100), 200)
        await shown(pilot, "text 199")
        history.focus()
        await pilot.press("home")
        await pilot.pause()
        assert [message.before for message in messages(pilot, HistoryList.OlderWanted)] == [100]

        history.show_older(entries(100))
        await pilot.pause()
        assert (history.row_count, history.cursor) == (200, 100)


async def test_entry_opens() -> None:
    async with show(HistoryList(), size=(60, 10)) as (pilot, history):
        history.show(entries(2), 2)
        history.focus()
        await pilot.press("home", "enter")

        assert [message.entry.index for message in messages(pilot, HistoryList.Opened)] == [0]


async def test_empty_lists_say_so() -> None:
    async with show(HistoryList(), size=(60, 10)) as (pilot, history):
        history.show([], 0)
        history.focus()
        await pilot.press("enter")
        await shown(pilot, "nothing was said yet")
    async with show(TurnList(), size=(60, 10)) as (pilot, turns):
        turns.show([])
        turns.focus()
        await pilot.press("enter")
        await shown(pilot, "no turn yet")


async def test_turns_are_shown_newest_first_with_their_outcome() -> None:
    error = ErrorRecord(type="KeyError", message="'x'")
    views = [
        TurnView(turn=0, status="done"),
        TurnView(turn=1, text="one", status="done", generation=3, duration_ms=5),
        TurnView(turn=2, text="two", status="failed", generation=4, error=error),
        TurnView(turn=3, text="three", status="queued"),
    ]
    async with show(TurnList(), size=(70, 10)) as (pilot, turns):
        turns.show(views)
        await shown(
            pilot, "gen 3      5 ms  one", "✗   2 ", "gen 4", "two   KeyError: 'x'", "⋯   3"
        )
        turns.focus()
        await pilot.press("enter", "down", "w", "f", "r")

        wanted = [(message.what, message.turn) for message in messages(pilot, TurnList.Wanted)]
        assert wanted == [("open", 3), ("rewind", 2), ("fork", 2), ("replay", 2)]


async def test_message_of_a_turn_comes_first_where_room_is_short() -> None:
    async with show(TurnList(), size=(32, 10)) as (pilot, turns):
        turns.show([TurnView(turn=1, text="buy coffee", status="done", generation=3)])

        await shown(pilot, "✓   1 buy coffee", "gen 3")


@pytest.mark.parametrize(("width", "note"), [(18, ""), (24, "4 ms"), (32, "gen 2 4 ms")])
async def test_message_keeps_its_room(width: int, note: str) -> None:
    async with show(TurnList(), size=(width, 10)) as (pilot, turns):
        turns.show(
            [TurnView(turn=16, text="buy coffee", status="done", generation=2, duration_ms=4)]
        )

        await shown(pilot, " 16 buy cof", note, gone="" if "gen" in note else "gen")


async def test_row_that_is_meant_stays_marked_without_the_focus() -> None:
    async with show(TurnList(), size=(32, 10)) as (pilot, turns):
        turns.show([TurnView(turn=1, text="one"), TurnView(turn=2, text="two")])
        turns.focus()
        await pilot.press("down")
        pilot.app.set_focus(None)
        await pilot.pause()

        base = turns.rich_style
        assert turns.base_style(0, base) == base
        assert turns.base_style(1, base).bgcolor not in (None, base.bgcolor)


async def test_older_turns_are_wanted_at_the_end() -> None:
    async with show(TurnList(), size=(60, 10)) as (pilot, turns):
        turns.show([TurnView(turn=number, text=f"text {number}") for number in range(30, 60)])
        await shown(pilot, "text 59")
        assert not messages(pilot, TurnList.OlderWanted)
        turns.focus()
        await pilot.press("end")
        await shown(pilot, "text 30")

        assert messages(pilot, TurnList.OlderWanted)


def turns_of(*numbers: int) -> list[TurnView]:
    return [TurnView(turn=number, text=f"text {number}", status="done") for number in numbers]


async def test_cursor_stays_with_its_turn_when_newer_ones_come_or_go() -> None:
    async with show(TurnList(), size=(60, 10)) as (pilot, turns):
        turns.show(turns_of(1, 2, 3))
        turns.focus()
        await pilot.press("down", "w")
        turns.show(turns_of(1, 2, 3, 4))
        await pilot.press("w")
        turns.show(turns_of(1, 2))
        await pilot.press("w")
        turns.show(turns_of(1, 5, 6))
        await pilot.press("w")

        # Turn 2 is gone at last: the one before it takes its place.
        assert [message.turn for message in messages(pilot, TurnList.Wanted)] == [2, 2, 2, 1]


async def test_newest_turn_stays_marked_without_the_focus() -> None:
    async with show(TurnList(), size=(60, 10)) as (pilot, turns):
        pilot.app.screen.set_focus(None)
        await pilot.pause()
        turns.show(turns_of(1, 2))
        turns.show(turns_of(1, 2, 3))
        turns.focus()
        await pilot.press("enter")
        turns.show(turns_of(1, 2, 3, 4))
        await pilot.press("enter")

        assert [message.turn for message in messages(pilot, TurnList.Wanted)] == [3, 3]
