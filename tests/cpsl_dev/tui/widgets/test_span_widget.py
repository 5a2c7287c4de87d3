from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import Color

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.span_widget import TEXT_STYLES, SpanBar
from tests.screens import messages, show, text_of

CSS = Path(__file__).parents[4] / "cpsl_dev" / "tui" / "app.tcss"


class Bar(SpanBar):
    def lines(self, width: int) -> list[Line]:
        return [(("evil \x1b]0;x\x07 [bold]\n", ("error",)),), (("second", ()),)]


async def test_text_is_cleaned_and_literal_at_the_boundary() -> None:
    async with show(Bar()) as (pilot, _):
        text = text_of(pilot.app)

    assert "evil \u241b]0;x\u2407 [bold]\u240a" in text
    assert "second" in text


async def test_names_become_styles_of_the_theme() -> None:
    async with show(Bar()) as (pilot, bar):
        dark = bar.style_of(("error",))
        pilot.app.theme = "textual-light"
        await pilot.pause()
        light = bar.style_of(("error",))

    assert dark.bold
    assert dark.color != light.color


def test_every_name_has_a_style() -> None:
    css = CSS.read_text("utf-8")

    assert not [name for name in TEXT_STYLES if f".text--{name} " not in css]


class Linked(SpanBar):
    """Has a target in its second line."""

    def lines(self, width: int) -> list[Line]:
        return [(("plain", ()),), (("go ", ()), ("there", ("accent", "@there")))]


@pytest.mark.parametrize(("offset", "expected"), [((4, 1), ["there"]), ((1, 1), []), ((4, 0), [])])
async def test_target_is_pressed_with_the_mouse(
    offset: tuple[int, int], expected: list[str]
) -> None:
    async with show(Linked()) as (pilot, bar):
        await pilot.click(bar, offset=offset)

        assert [m.target for m in messages(pilot, SpanBar.TargetChosen)] == expected


async def test_colours_of_a_picture_are_drawn() -> None:
    async with show(Linked()) as (_, bar):
        style = bar.style_of(("#ff0000", "#on:00ff00", "@there"))

        assert (style.color, style.bgcolor) == (Color.parse("#ff0000"), Color.parse("#00ff00"))
