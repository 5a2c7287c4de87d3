"""Drawing lines of spans, as many as are visible and no more."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from cpsl_dev.tui.spans import Line, plain
from cpsl_dev.tui.widgets.span_widget import SpanWidget

class LineView(SpanWidget, ScrollView, can_focus=True):
    """A scrolling view of lines that a subclass tells one by one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_home", "Top", show=False),
        Binding("end", "scroll_end", "End", show=False),
    ]
    ALLOW_MAXIMIZE = True

    def line_at(self, index: int) -> Line:
        """Return a line; index is below the height of the virtual size."""
        raise NotImplementedError

    @property
    def view_width(self) -> int:
        """How many cells a line has."""
        return max(1, self.scrollable_content_region.width)

    @property
    def view_height(self) -> int:
        """How many lines are visible."""
        return max(1, self.scrollable_content_region.height)

    @property
    def is_at_end(self) -> bool:
        """True if the last line is visible."""
        return self.scroll_offset.y >= self.virtual_size.height - self.view_height

    def render_line(self, y: int) -> Strip:
        """Draw one line of the viewport."""
        index = y + self.scroll_offset.y
        base = self.base_style(index)
        if index >= self.virtual_size.height:
            return Strip.blank(self.size.width, base)
        selected = self._selected_span(index)
        segments = self.segments(self.line_at(index), base)
        if selected is not None:
            segments = self._highlight(segments, *selected)
        strip = Strip(segments).crop_extend(0, self.size.width, base)
        return strip.apply_offsets(0, index)

    def base_style(self, index: int) -> Style:
        """Return what a line is drawn on."""
        return self.rich_style

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text that was selected with the mouse."""
        height = self.virtual_size.height
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else height - 1
        lines = [""] * first
        lines += [plain(self.line_at(index)).rstrip() for index in range(first, min(last + 1, height))]
        return (selection.extract("\n".join(lines)), "\n")

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()

    def _selected_span(self, index: int) -> tuple[int, int] | None:
        selection = self.text_selection
        return None if selection is None else selection.get_span(index)

    def _highlight(self, segments: list[Segment], start: int, end: int) -> list[Segment]:
        style = self.screen.get_component_rich_style("screen--selection")
        result: list[Segment] = []
        at = 0
        for segment in segments:
            size = len(segment.text)
            low = min(max(start - at, 0), size)
            high = size if end == -1 else min(max(end - at, 0), size)
            high = max(low, high)
            own = segment.style or Style.null()
            pieces = ((segment.text[:low], own), (segment.text[low:high], own + style))
            for text, piece_style in (*pieces, (segment.text[high:], own)):
                if text:
                    result.append(Segment(text, piece_style))
            at += size
        return result
