from __future__ import annotations

import pytest
from textual.events import MouseScrollUp
from textual.widgets import Input

from cpsl_dev.event_log import Event
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.frame import Frame
from tests.screens import click_text, make_event, messages, settled, show, shown, text_of


def outputs(count: int, *, first: int = 0, seq: int = 1_000_000) -> list[Event]:
    return [
        make_event("output.written", stream="stdout", text=f"line {number}", seq=seq + number)
        for number in range(first, first + count)
    ]


async def test_event_has_time_generation_kind_and_summary() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.add([make_event("reload.succeeded", files=["app.py"], duration_ms=18, generation=12)])

        await shown(pilot, ".204  12 reload.succeeded   app.py   18 ms")


async def test_session_and_turn_are_told_where_there_is_room() -> None:
    async with show(EventPane(), size=(200, 12)) as (pilot, pane):
        pane.add([make_event("turn.started", session_id="s1", turn=3)])
        pane.add([make_event("session.created", session_id="s2", turn=None, channel="chat")])

        await shown(pilot, "turn.started       s1 #3", "session.created    s2 chat")


async def test_newest_event_is_in_sight() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.add(outputs(500))
        await shown(pilot, "line 499")
        pane.add(outputs(500, first=500))
        await shown(pilot, "line 999")


async def test_following_pauses_when_scrolled_up_and_says_how_much_is_new() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.add(outputs(100))
        pane.rows.focus()
        await pilot.press("pageup", "pageup")
        await pilot.pause()
        before = text_of(pilot.app).splitlines()[1:]

        pane.add(outputs(7, first=100))

        await shown(pilot, "paused · 7 new")
        assert text_of(pilot.app).splitlines()[1:-1] == before[:-1]

        await pilot.press("end")
        await shown(pilot, "line 106", gone="paused")


async def test_newest_event_stays_in_sight_while_the_pane_is_hidden() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.add(outputs(100))
        await shown(pilot, "line 99")
        pane.display = False
        await pilot.pause()

        pane.add(outputs(100, first=100))
        await pilot.pause()
        pane.display = True

        await shown(pilot, "line 199", gone="paused")
        assert pane.model.following


async def test_enter_opens_the_event() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        event = make_event("turn.started")
        pane.add([event])
        pane.rows.focus()
        await pilot.press("enter")

        assert [message.event for message in messages(pilot, EventPane.Opened)] == [event]


async def test_arrows_choose_the_group_but_not_in_the_filter() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.rows.focus()
        await pilot.press("right", "right", "left", "left", "left")
        chosen = [message.name for message in messages(pilot, EventPane.GroupChosen)]
        assert chosen == ["turns", "data", "turns", "all", "errors"]

        pane.open_filter()
        await pilot.press("a", "c", "left", "b", "right", "d")
        assert pane.query_one(Input).value == "abcd"
        assert len(messages(pilot, EventPane.GroupChosen)) == len(chosen)


async def test_group_and_text_ask_for_events_to_be_read() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.choose_group("errors")
        pane.open_filter()
        await pilot.press("x")
        await pilot.pause()

        assert (pane.model.group, pane.model.text) == ("errors", "x")
        assert [message.name for message in messages(pilot, EventPane.GroupChosen)] == ["errors"]
        assert [message.before for message in messages(pilot, EventPane.Wanted)] == [None, None]


async def test_escape_takes_the_filter_away() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.open_filter()
        await pilot.press("x", "escape")
        await pilot.pause()

        assert pane.model.text == ""
        assert pane.rows.has_focus


async def test_mouse_takes_the_filter_away() -> None:
    async with show(EventPane(), size=(80, 12)) as (pilot, pane):
        pane.open_filter()
        await pilot.press("x")
        await click_text(pilot, "esc all")

        await settled(pilot, lambda: pane.model.text == "" and pane.rows.has_focus)
        await shown(pilot, "errors", gone="esc all")


async def test_mouse_follows_again() -> None:
    async with show(EventPane(), size=(80, 12)) as (pilot, pane):
        pane.add(outputs(100))
        await pilot.pause()
        for _ in range(3):
            await pilot._post_mouse_events([MouseScrollUp], pane.rows, (5, 3))
        await settled(pilot, lambda: not pane.model.following)
        pane.add(outputs(7, first=100))
        await click_text(pilot, "end follows")

        await shown(pilot, "line 106", gone="paused")
        assert pane.model.following


async def test_end_follows_again_after_the_wheel() -> None:
    async with show(EventPane(), size=(80, 12)) as (pilot, pane):
        pane.add(outputs(100))
        pane.rows.focus()
        await pilot.press("end")
        await pilot._post_mouse_events([MouseScrollUp], pane.rows, (5, 3))
        await settled(pilot, lambda: not pane.model.following)
        await pilot.press("end")

        await settled(pilot, lambda: pane.model.following)
        await shown(pilot, "line 99")


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_filter_and_what_is_new_stand_side_by_side(size: tuple[int, int]) -> None:
    async with show(Frame(), size=size) as (pilot, frame):
        frame.go_to("events")
        pane = frame.query_one(EventPane)
        pane.add(outputs(100))
        pane.rows.focus()
        await pilot.press("home")
        pane.open_filter()
        await pilot.press(*"line")
        pane.add(outputs(7, first=100))

        await shown(pilot, "7 new", " line ", " esc")


async def test_older_events_are_wanted_at_the_top_once() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.load(outputs(100))
        pane.rows.focus()
        await pilot.press("home")
        await pilot.pause()
        assert [message.before for message in messages(pilot, EventPane.Wanted)] == [1_000_000]

        pane.load_older(outputs(50, seq=999_950), complete=True)
        await pilot.pause()
        assert (len(pane.model.rows), pane.rows.cursor) == (150, 50)

        await pilot.press("home")
        await pilot.pause()
        assert len(messages(pilot, EventPane.Wanted)) == 1


async def test_skipped_events_leave_only_the_newest() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.add(outputs(10))
        pane.add(outputs(10, first=5_000), skipped=4_990)

        await shown(pilot, "line 5009", gone="line 9 ")
        assert len(pane.model.rows) == 10


async def test_skipped_events_do_not_move_a_reader() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.add(outputs(100))
        pane.rows.focus()
        await pilot.press("home")
        pane.add(outputs(10, first=5_000), skipped=4_900)
        await shown(pilot, "line 0", "4,910 new")

        await pilot.press("end")
        await pilot.pause()
        assert None in [message.before for message in messages(pilot, EventPane.Wanted)]


async def test_narrow_pane_shows_less_of_the_time() -> None:
    async with show(EventPane(), size=(60, 12)) as (pilot, pane):
        pane.add([make_event("turn.started")])
        await pilot.pause()

        assert ".204" not in text_of(pilot.app)


async def test_hostile_text_stays_on_its_line() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.add([make_event("output.written", stream="out", text="a\x1b[2J\rb\n2026 fake[/]")])

        await shown(pilot, "out │ a\u241b[2J\u240db", "out │ 2026 fake[/]")


async def test_filter_that_finds_nothing_says_so() -> None:
    async with show(EventPane(), size=(100, 12)) as (pilot, pane):
        pane.model.text = "no such text"
        pane.load(outputs(5))
        pane.rows.focus()
        await pilot.press("enter")

        await shown(pilot, "no such event among the newest")
        assert not messages(pilot, EventPane.Opened)
