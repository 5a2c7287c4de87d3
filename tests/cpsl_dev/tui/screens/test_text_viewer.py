from __future__ import annotations

from cpsl_dev.tui.screens.text_viewer import TextViewer
from cpsl_dev.tui.widgets.facts import FactList
from tests.screens import click_text, settled, show, shown, text_of


async def test_text_is_shown_and_closes_by_key() -> None:
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(TextViewer("Event 7", '{"a": [1]}', "json"))
        await shown(pilot, "Event 7", '{"a": [1]}', "esc close")

        await pilot.press("escape")
        await pilot.pause()

        assert not isinstance(pilot.app.screen, TextViewer)


async def test_long_text_loses_its_middle() -> None:
    text = "\n".join(f"line {number}" for number in range(20_000))
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(TextViewer("T", text))
        await shown(pilot, "line 0")
        await pilot.press("end")

        await shown(pilot, "line 19999")


async def test_text_is_literal_and_clean() -> None:
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(TextViewer("\x1b[2J [b]t[/b]", "\x1b]0;x\x07 [b]x[/b]"))
        await shown(pilot, "\u241b[2J [b]t[/b]", "\u241b]0;x\u2407 [b]x[/b]")

        assert "\x1b" not in text_of(pilot.app)


async def test_text_can_be_copied_whole() -> None:
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(TextViewer("T", "the text"))
        await pilot.press("y")

        assert pilot.app.clipboard == "the text"


async def test_mouse_copies_and_closes() -> None:
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(TextViewer("T", "the text"))

        await click_text(pilot, "y copy")
        await shown(pilot, "The text is copied.")
        await click_text(pilot, "esc close")

        await settled(pilot, lambda: not isinstance(pilot.app.screen, TextViewer))
        assert pilot.app.clipboard == "the text"
