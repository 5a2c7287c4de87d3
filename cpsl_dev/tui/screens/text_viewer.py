"""A long text over the panes: an event as JSON, a traceback, an entry of the history."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.code_lines import code_lines
from cpsl_dev.tui.long_text import LongText
from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.spans import Line, wrap_plain
from cpsl_dev.tui.widgets.key_bar import KeyHint
from cpsl_dev.tui.widgets.laid_out import LaidOut

_LIMIT = 40_000
_KEYS = (KeyHint("y", "copy", "copy"), KeyHint("esc", "close", "close"))


class TextViewer(Dialog[None]):
    """Shows a text until escape.

    Args:
        title: What it is.
        text: The text; very long ones without their middle.
        language: A name that Pygments knows, for colours.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,f8", "close", "Close"),
        Binding("y", "copy", "Copy"),
    ]

    def __init__(self, title: str, text: str, language: str = "") -> None:
        super().__init__(title, _KEYS)
        self._text = text
        self._language = language

    def body(self) -> ComposeResult:
        """Show the text."""
        yield LaidOut(partial(_lines, self._text, self._language), id="viewer-text")

    def on_mount(self) -> None:
        """Take the keys."""
        super().on_mount()
        self.query_one(LaidOut).focus()

    def action_copy(self) -> None:
        """Copy the whole text."""
        self.app.copy_to_clipboard(self._text)
        self.say("The text is copied.")


def _lines(text: str, language: str, width: int) -> list[Line]:
    head, omitted, tail = LongText(safe_text(text)).parts(_LIMIT)
    lines = _part(head, language, width)
    if omitted:
        lines.append(((f"… {omitted:,} characters are not shown …", ("dim",)),))
        lines += _part(tail, language, width)
    return lines


def _part(text: str, language: str, width: int) -> list[Line]:
    if not language:
        return wrap_plain(text, width)
    # On the ground of the dialog, not on that of code in a conversation.
    return [
        tuple((part, tuple(name for name in names if name != "md-block")) for part, names in line)
        for line in code_lines(text, language, width)
    ]
