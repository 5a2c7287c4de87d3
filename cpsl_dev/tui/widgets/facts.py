"""Names and values below each other: the fields of a session, what an app declares."""

from __future__ import annotations

from collections.abc import Sequence

from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.spans import Line, one_line, wrap
from cpsl_dev.tui.widgets.line_view import LineView

# A name and its value; a name alone is a heading.
Fact = tuple[str, str]
_NAME_WIDTH = 14
_LONGEST = 2_000


class FactList(LineView):
    """Shows facts, the values wrapped."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._facts: Sequence[Fact] = ()
        self._lines: list[Line] = []

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these facts."""
        if facts != self._facts:
            self._facts = facts
            self._lay_out()

    def fit(self) -> None:
        """Wrap for the new width."""
        self._lay_out()

    def line_at(self, index: int) -> Line:
        """Return a line."""
        return self._lines[index] if index < len(self._lines) else ()

    def _lay_out(self) -> None:
        self._lines = []
        width = self.view_width
        for name, value in self._facts:
            if not value:
                self._lines.append(((one_line(name), ("strong",)),))
                continue
            first: Line = ((f"{one_line(name):<{_NAME_WIDTH - 2}}  "[:30], ("dim",)),)
            if width < 2 * _NAME_WIDTH:
                first = ((f"{one_line(name)} ", ("dim",)),)
            self._lines += wrap([(safe_text(value[:_LONGEST]), ())], width, first=first)
        self.set_height(len(self._lines))
