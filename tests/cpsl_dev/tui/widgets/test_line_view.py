from __future__ import annotations

import pytest
from rich.style import Style
from textual.color import Color
from textual.containers import VerticalScroll
from textual.geometry import Offset, Region
from textual.message import Message
from textual.messages import Layout
from textual.pilot import Pilot
from textual.selection import Selection
from textual.widgets import Static

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.line_view import LineView
from tests.screens import Stage, settled, show, shown, text_of


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


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_place_in_many_lines_can_be_seen(theme: str) -> None:
    async with show(Numbers(), size=(40, 10)) as (pilot, view):
        pilot.app.theme = theme
        await pilot.pause()
        bar = view.styles.scrollbar_color
        ground = view.styles.scrollbar_background

    dark, light = sorted((luminance(bar), luminance(ground)))
    # What the Web Content Accessibility Guidelines ask of parts of a user interface.
    assert (light + 0.05) / (dark + 0.05) >= 3


def luminance(color: Color) -> float:
    """Return the relative luminance as the guidelines define it."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


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

        await select_line(pilot, view)

        assert (pilot.app.screen.get_selected_text() or "").startswith("line 1")


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_selected_text_can_be_read(theme: str) -> None:
    async with show(Numbers(), size=(40, 10)) as (pilot, view):
        pilot.app.theme = theme
        view.set_height(5)

        await select_line(pilot, view)

        (style,) = styles_of(view, 1, "line 1")
        assert style.color != style.bgcolor
        assert style.bgcolor != view.rich_style.bgcolor


async def test_selected_text_stands_out_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with show(Numbers(), size=(40, 10)) as (pilot, view):
        view.set_height(5)

        await select_line(pilot, view)

        (style,) = styles_of(view, 1, "line 1")
        assert style.reverse


async def select_line(pilot: Pilot[None], view: Numbers) -> None:
    """Drag the mouse over the beginning of the second line."""
    await pilot.pause()
    await pilot.mouse_down(view, offset=(0, 1))
    await pilot.hover(view, offset=(6, 1))
    await pilot.mouse_up(view, offset=(6, 1))
    await settled(pilot, lambda: pilot.app.screen.get_selected_text())
    await pilot.pause()


def styles_of(view: Numbers, y: int, text: str) -> set[Style]:
    """Return the styles in which a text is drawn."""
    (strip,) = view.render_lines(Region(0, y, view.size.width, 1))
    return {part.style for part in strip if part.style and text in part.text}
