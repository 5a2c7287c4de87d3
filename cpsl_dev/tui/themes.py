"""The themes that light and dark stand for, with colours of text that can be read."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

DARK, LIGHT = "textual-dark", "textual-light"

# Textual's own light theme writes some texts with a contrast of 2:1 on its darker grounds.
_BROWN, _GREEN, _BLUE = "#6B4000", "#14532D", "#004578"


def light_theme() -> Theme:
    """Return Textual's light theme with darker colours of text."""
    theme = BUILTIN_THEMES[LIGHT]
    darker = {
        "text-accent": _BROWN,
        "text-warning": _BROWN,
        "text-success": _GREEN,
        "footer-key-foreground": _BLUE,
    }
    return replace(theme, variables={**theme.variables, **darker})
