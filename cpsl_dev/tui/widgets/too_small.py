"""What is shown where nothing else has room."""

from __future__ import annotations

from cpsl_dev.tui.spans import Line, wrap_plain
from cpsl_dev.tui.widgets.span_widget import SpanBar


class TooSmall(SpanBar):
    """Says how large the terminal has to be."""

    def lines(self, width: int) -> list[Line]:
        """Return the message at `width` cells."""
        size = self.app.size
        return wrap_plain(
            f"This terminal is {size.width} by {size.height}. The screen needs at least 60 by 20: "
            f"make the window larger, or quit with ctrl-q and use cpsl dev --headless.",
            max(1, width),
        )
