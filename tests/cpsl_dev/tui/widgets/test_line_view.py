from __future__ import annotations

from textual.containers import VerticalScroll
from textual.geometry import Offset, Region
from textual.message import Message
from textual.messages import Layout
from textual.selection import Selection
from textual.widgets import Static

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.line_view import LineView
from tests.screens import Stage, show, shown, text_of


class Numbers(LineView):
    made = 0

    def line_at(self, index: int) -> Line:
        self.made += 1
        return ((f"line {index} ", ()), ("end", ("strong",)))


async def test_only_visible_lines_are_made() -> None:
    async with show(Numbers(), size=(40, 10)) as (pilot, view):
        view.set_height(1_000_000)
        await pilot.pause()

        assert "line 9 end" in text_of(pilot.app)
        assert view.made < 100


class Fitting(Numbers):
    """Has one line as soon as it knows its size; whoever lays out the screen asks for it."""

    def fit(self) -> None:
        self.set_height(1)


async def test_view_fits_though_its_region_is_asked_for_before_the_layout() -> None:
    view = Fitting()
    view.display = False
    view.styles.height = 5
    column = VerticalScroll(view, Static("\n" * 50))
    regions: list[Region] = []

    def ask(message: Message) -> None:
        if isinstance(message, Layout) and message.widget is view and view.display:
            regions.append(view.region)

    async with Stage(column).run_test(size=(40, 10), message_hook=ask) as pilot:
        column.scroll_to(y=1, animate=False, immediate=True, force=True)
        await pilot.pause()
        column.scroll_to(y=0, animate=False, immediate=True, force=True)
        await pilot.pause()
        view.display = True

        await shown(pilot, "line 0 end")
        assert regions[0]


async def test_end_is_reached_by_key() -> None:
    async with show(Numbers(), size=(40, 10)) as (pilot, view):
        view.set_height(1_000_000)
        view.focus()
        await pilot.press("end")

        await shown(pilot, "line 999999 end")
        assert view.is_at_end


async def test_view_moves_up_when_lines_go() -> None:
    async with show(Numbers(), size=(40, 10)) as (pilot, view):
        view.set_height(100)
        view.scroll_to(y=90, animate=False, immediate=True, force=True)
        view.set_height(20)
        await pilot.pause()

        assert view.scroll_offset.y == 10


async def test_selected_text_can_be_copied() -> None:
    async with show(Numbers(), size=(40, 10)) as (_, view):
        view.set_height(5)

        found = view.get_selection(Selection(Offset(5, 1), Offset(4, 3)))

    assert found == ("1 end\nline 2 end\nline", "\n")


async def test_mouse_selects() -> None:
    async with show(Numbers(), size=(40, 10)) as (pilot, view):
        view.set_height(5)
        await pilot.pause()
        await pilot.mouse_down(view, offset=(0, 1))
        await pilot.hover(view, offset=(6, 1))
        await pilot.mouse_up(view, offset=(6, 1))
        await pilot.pause()

        assert (pilot.app.screen.get_selected_text() or "").startswith("line 1")
