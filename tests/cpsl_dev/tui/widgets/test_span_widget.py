from __future__ import annotations

from pathlib import Path

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.span_widget import TEXT_STYLES, SpanBar
from tests.screens import show, text_of

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
