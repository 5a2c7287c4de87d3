"""The first line of a pane: its name, and a note at the other end."""

from __future__ import annotations

from textual.reactive import reactive

from cpsl_dev.tui.spans import Line, one_line, two_sided
from cpsl_dev.tui.widgets.span_widget import SpanBar


class TitleBar(SpanBar):
    """Shows a title, and a note on the right."""

    title: reactive[str] = reactive("")
    note: reactive[str] = reactive("")
    # What a click on the title is for, if anything.
    target = ""

    def lines(self, width: int) -> list[Line]:
        """Return the line at `width` cells."""
        styles = ("strong", f"@{self.target}") if self.target else ("strong",)
        left: Line = ((" ", ()), (one_line(self.title), styles))
        right: Line = ((f"{one_line(self.note)} ", ("accent",)),) if self.note else ()
        return [two_sided(left, right, width)]
