"""The first line of a pane: its name, and a note at the other end."""

from __future__ import annotations

from textual.reactive import reactive

from cpsl_dev.tui.spans import Line, one_line, two_sided
from cpsl_dev.tui.widgets.span_widget import SpanBar


class TitleBar(SpanBar):
    """Shows a title, and a note on the right."""

    title: reactive[str] = reactive("")
    note: reactive[str] = reactive("")
    # What a click on the title or on the note is for, if anything.
    target = ""
    note_target = ""

    def lines(self, width: int) -> list[Line]:
        """Return the line at `width` cells."""
        styles = ("strong", f"@{self.target}") if self.target else ("strong",)
        left: Line = ((" ", ()), (one_line(self.title), styles))
        noted = ("accent", f"@{self.note_target}") if self.note_target else ("accent",)
        right: Line = ((one_line(self.note), noted), (" ", ())) if self.note else ()
        return [two_sided(left, right, width)]
