"""The first line of a pane: its name, and a note at the other end."""

from __future__ import annotations

from textual.reactive import reactive

from cpsl_dev.tui.spans import Line, one_line, two_sided, width_of
from cpsl_dev.tui.widgets.span_widget import SpanBar


class TitleBar(SpanBar):
    """Shows a title, and a note on the right."""

    title: reactive[str] = reactive("")
    note: reactive[str] = reactive("")
    # What stands there where the note does not fit.
    brief: reactive[str] = reactive("")
    # What a click on the title is for, and one on the note, if anything.
    target = ""
    note_target = ""

    def lines(self, width: int) -> list[Line]:
        """Return the line at `width` cells."""
        styles = ("strong", f"@{self.target}") if self.target else ("strong",)
        left: Line = ((" ", ()), (one_line(self.title), styles))
        right = self._right(self.note)
        if self.brief and width_of(left) + width_of(right) >= width:
            right = self._right(self.brief)
        return [two_sided(left, right, width)]

    def _right(self, note: str) -> Line:
        styles = ("accent", f"@{self.note_target}") if self.note_target else ("accent",)
        return ((f"{one_line(note)} ", styles),) if note else ()
