"""Why the newest save cannot run, as long as it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Size
from textual.reactive import reactive

from cpsl.records import ErrorRecord
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.spans import Line, cut, one_line, two_sided, width_of, wrap
from cpsl_dev.tui.summaries import place_of
from cpsl_dev.tui.widgets.span_widget import SpanBar

_MOST_LINES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The error of the newest save, and the generation that answers meanwhile."""

    error: ErrorRecord
    generation: int | None = None


class ErrorBanner(SpanBar):
    """Shows the trouble; takes no room without one."""

    trouble: reactive[Trouble | None] = reactive(None, layout=True)

    def watch_trouble(self, trouble: Trouble | None) -> None:
        """Come and go with the trouble."""
        self.display = trouble is not None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take as many lines as there are."""
        return len(self.lines(width))

    def lines(self, width: int) -> list[Line]:
        """Return the place and the error, what answers meanwhile, and the source text."""
        if self.trouble is None:
            return []
        error = self.trouble.error
        place = one_line(place_of(error.file, error.line))
        what = one_line(f"{error.type}: {error.message}".rstrip(": "))
        first: Line = ((f"✗ {place}  " if place else "✗ ", ("strong",)), (what, ()))
        meanwhile = f"{self._meanwhile()}   "
        hint: Line = ((meanwhile, ("banner-note",)), ("F8 details", ("banner-note", "@error")))
        if width_of(first) + width_of(hint) + 2 <= width:
            lines = [two_sided(first, hint, width)]
        else:
            lines = [
                *wrap(first, width, rest=(("  ", ()),))[:2],
                *wrap(hint, width, first=(("  ", ()),)),
            ]
        source = [text for text in safe_text(error.text or "").split("\n") if text.strip()][:1]
        lines += [cut(((f"  │ {text}", ()),), width) for text in source]
        return lines[:_MOST_LINES]

    def _meanwhile(self) -> str:
        if self.trouble is None or self.trouble.generation is None:
            return "nothing answers until this is fixed"
        return f"answers come from generation {self.trouble.generation} until this is fixed"
