"""What a dialog has to say about what is being typed: that it is fine, or what is wrong."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import reactive

from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.spans import Line, wrap
from cpsl_dev.tui.widgets.span_widget import SpanBar

_MOST_LINES = 4


class NoticeLine(SpanBar):
    """Shows a text, wrapped; always at least one line high, so that nothing jumps."""

    text: reactive[str] = reactive("", layout=True)
    is_error: reactive[bool] = reactive(False)

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Show a text."""
        self.text, self.is_error = text, is_error

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take as many lines as there are."""
        return max(1, len(self.lines(width)))

    def lines(self, width: int) -> list[Line]:
        """Return the text at `width` cells."""
        style = ("error",) if self.is_error else ("dim",)
        return wrap([(safe_text(self.text), style)], width)[:_MOST_LINES]
