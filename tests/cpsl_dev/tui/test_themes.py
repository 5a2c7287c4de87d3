from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from cpsl_dev.tui.themes import DARK, LIGHT, light_theme
from tests.screens import screen

TEXTS = ("foreground", "text-primary", "text-accent", "text-success", "text-warning", "text-error")


@pytest.mark.parametrize("theme", [BUILTIN_THEMES[DARK], light_theme()], ids=[DARK, LIGHT])
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    colors = {**theme.to_color_system().generate(), **theme.variables}

    for text in (*TEXTS, "footer-key-foreground"):
        for ground in ("background", "surface", "panel"):
            # What the Web Content Accessibility Guidelines ask of text.
            assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
    for text in TEXTS:
        # The row of the cursor and the bar of the pane with the focus.
        assert contrast(colors[text], colors["primary-muted"]) >= 4, text


async def test_light_is_the_theme_that_can_be_read(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("f9")

        assert app.current_theme == light_theme()


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio as the guidelines define it."""
    dark, light = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))))
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    """Return the relative luminance as the guidelines define it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
