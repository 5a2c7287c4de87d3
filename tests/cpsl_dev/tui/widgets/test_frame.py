from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.frame import Frame
from tests.screens import messages, screen, settled, show, shown, text_of


@pytest.mark.parametrize("size", [(76, 22), (80, 24), (300, 90)])
async def test_panes_are_side_by_side_where_there_is_room(size: tuple[int, int]) -> None:
    async with show(Frame(), size=size) as (pilot, _):
        await shown(pilot, "Type a message", "Session", "all  turns  data", gone="Inspector")


@pytest.mark.parametrize("size", [(75, 40), (200, 21), (60, 20)])
async def test_panes_become_tabs_where_there_is_little(size: tuple[int, int]) -> None:
    async with show(Frame(), size=size) as (pilot, frame):
        await shown(pilot, "Chat  Inspector  Events", "Type a message", gone="all  turns")

        await pilot.click("#pane-tabs", offset=(20, 0))
        await shown(pilot, "all  turns  data", gone="Type a message")
        frame.go_to("inspector")
        await shown(pilot, "Session  Data", gone="all  turns")


async def test_change_of_size_changes_the_arrangement() -> None:
    async with show(Frame(), size=(120, 40)) as (pilot, _):
        await pilot.resize_terminal(70, 20)
        await shown(pilot, "Inspector", gone="all  turns")
        await pilot.resize_terminal(50, 20)
        await shown(pilot, "This terminal is 50 by 20", gone="Chat")
        await pilot.resize_terminal(120, 40)
        await shown(pilot, "Type a message", "all  turns", gone="This terminal")


async def test_pane_with_the_focus_is_zoomed() -> None:
    async with show(Frame(), size=(120, 40)) as (pilot, frame):
        frame.go_to("inspector")
        await pilot.pause()
        frame.zoom()
        await shown(pilot, "Session  Data", gone="all  turns")

        frame.zoom()
        await shown(pilot, "Session  Data", "all  turns", "Type a message")


async def test_zoom_changes_nothing_where_panes_are_tabs() -> None:
    async with show(Frame(), size=(60, 20)) as (pilot, frame):
        await shown(pilot, "Chat  Inspector  Events", "Type a message", gone="Session")
        before = text_of(pilot.app)
        frame.zoom()
        await pilot.pause()

        assert text_of(pilot.app) == before


def sizes(frame: Frame) -> tuple[int, int]:
    """Return the columns of the chat and the rows of the events."""
    return (frame.query_one(ChatPane).size.width, frame.query_one(EventPane).size.height)


async def test_lines_between_the_panes_are_moved() -> None:
    async with show(Frame(), size=(100, 40)) as (pilot, frame):
        frame.share_out(60, 30)
        await settled(pilot, lambda: sizes(frame) == (59, 11))
        frame.resize("right")
        frame.resize("up")
        await settled(pilot, lambda: sizes(frame) == (64, 13))
        frame.resize("left")
        frame.resize("down")
        await settled(pilot, lambda: sizes(frame) == (59, 11))

        arranged = messages(pilot, Frame.Arranged)
        assert (arranged[1].chat_share, arranged[1].events_share) == (65, 35)


async def test_lines_are_dragged() -> None:
    async with show(Frame(), size=(100, 40)) as (pilot, frame):
        frame.share_out(60, 30)
        await settled(pilot, lambda: sizes(frame) == (59, 11))
        await pilot.mouse_down("#splitter", offset=(0, 3))
        await pilot.hover(None, offset=(40, 10))
        await pilot.mouse_up(None, offset=(40, 10))
        await settled(pilot, lambda: sizes(frame)[0] == 40)
        await pilot.hover(None, offset=(70, 10))
        await pilot.mouse_down("#event-note")
        await pilot.hover(None, offset=(70, 19))
        await pilot.mouse_up(None, offset=(70, 19))

        await settled(pilot, lambda: sizes(frame)[1] == 20)
        assert sizes(frame)[0] == 40


@pytest.mark.parametrize(("chat", "events"), [(-5, 0), (1_000, 1_000)])
async def test_no_pane_is_ever_gone(chat: int, events: int) -> None:
    async with show(Frame(), size=(80, 24)) as (pilot, frame):
        frame.share_out(chat, events)
        await shown(pilot, "Data", "all  turns", "❯")  # noqa: RUF001 - as it is shown


async def test_sizes_do_not_matter_for_a_pane_alone() -> None:
    async with show(Frame(), size=(100, 40)) as (pilot, frame):
        frame.share_out(25, 75, "events")
        await settled(pilot, lambda: sizes(frame)[1] == 37)
        frame.share_out(25, 75)
        frame.go_to("chat")
        await settled(pilot, lambda: sizes(frame)[0] == 100)


@pytest.mark.parametrize(("size", "is_zoomed"), [((80, 24), True), ((70, 24), False)])
async def test_what_is_said_covers_no_message_where_the_chat_is_alone(
    notebook: Path, size: tuple[int, int], is_zoomed: bool
) -> None:
    async with screen(notebook, size=size) as (pilot, app):
        if is_zoomed:
            app.action_zoom()
        await pilot.press(*"what-is-written-here-goes-on-to-the-other-half-of-it")
        app.tell("It rains.")

        await shown(pilot, "Chat  Inspector  Events", "It rains.", "to-the-other-half-of-it")
