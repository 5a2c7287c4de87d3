from __future__ import annotations

import pytest

from cpsl_dev.tui.widgets.frame import Frame
from tests.screens import show, shown, text_of


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
