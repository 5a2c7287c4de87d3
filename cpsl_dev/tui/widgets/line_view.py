"""Drawing lines of spans, as many as are visible and no more."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from cpsl_dev.tui.spans import Line, plain
from cpsl_dev.tui.widgets.span_widget import SpanWidget

_KEPT_STRIPS = 500


class LineView(SpanWidget, ScrollView, can_focus=True):
    """A scrolling view of lines that a subclass tells one by one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_home", "Top", show=False),
        Binding("end", "scroll_end", "End", show=False),
    ]
    ALLOW_MAXIMIZE = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._base = Style.null()
        self._selected: Selection | None = None
        self._strips: dict[tuple[int, Line, Style, int], Strip] = {}
        self._fitted: Size | None = None

    def on_mount(self) -> None:
        """Hear of each layout of the screen."""
        self.screen.screen_layout_refresh_signal.subscribe(self, self._compare_size, immediate=True)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        self._fit()

    def on_hide(self, event: events.Hide) -> None:
        """Forget the size: what changes meanwhile is laid out when the view is seen again."""
        self._fitted = None

    def fit(self) -> None:
        """Called when the view has another size, or can be seen again."""

    def notify_style_update(self) -> None:
        """Forget what was drawn: the theme has changed."""
        super().notify_style_update()
        self._strips.clear()

    def line_at(self, index: int) -> Line:
        """Return a line; index is below the height of the virtual size."""
        raise NotImplementedError

    @property
    def view_width(self) -> int:
        """How many cells a line has; of a view that is hidden, how many it had."""
        return max(1, self.container_size.width - self.scrollbar_gutter.width)

    @property
    def view_height(self) -> int:
        """How many lines are visible, or were."""
        return max(1, self.container_size.height - self.scrollbar_gutter.height)

    @property
    def is_at_end(self) -> bool:
        """True if the last line is visible."""
        return self.scroll_offset.y >= self.virtual_size.height - self.view_height

    def set_height(self, lines: int) -> None:
        """Say how many lines there are.

        Not through Textual's own setter: that arranges every widget of the screen again, for
        each frame of an answer that streams in.
        """
        self.set_reactive(Widget.virtual_size, Size(self.view_width, lines))
        bar = self.vertical_scrollbar
        bar.window_virtual_size, bar.window_size = lines, self.view_height
        if self.scroll_y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True, force=True)
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the visible lines; what is the same for all of them is found out once."""
        self._selected = self.text_selection
        if self._base != self.rich_style or len(self._strips) > _KEPT_STRIPS:
            self._base = self.rich_style
            self._strips.clear()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the viewport."""
        index = y + self.scroll_offset.y
        base = self.base_style(index, self._base)
        if index >= self.virtual_size.height:
            return Strip.blank(self.size.width, base)
        line = self.line_at(index)
        if self._selected is not None:
            return self._make_strip(index, line, base, self._selected.get_span(index))
        key = (index, line, base, self.size.width)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._make_strip(index, line, base, None)
        return strip

    def base_style(self, index: int, base: Style) -> Style:
        """Return what a line is drawn on, given what all are drawn on."""
        return base

    def action_scroll_home(self) -> None:
        """Go to the first line, at once: there may be a million of them."""
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    def action_scroll_end(self) -> None:
        """Go to the last line, at once."""
        self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True, force=True)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text that was selected with the mouse."""
        height = self.virtual_size.height
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else height - 1
        lines = [""] * first
        lines += [
            plain(self.line_at(index)).rstrip() for index in range(first, min(last + 1, height))
        ]
        return (selection.extract("\n".join(lines)), "\n")

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()

    def _compare_size(self, _: Screen[object]) -> None:
        """Fit to a size that no Resize tells of.

        A view that has just become visible gets neither Resize nor Show, if something asks for a
        region before the layout: Textual then makes its map of the widgets early, and finds
        nothing new in it afterwards.
        """
        if self._is_misfit():
            self.call_later(self._fit)

    def _fit(self) -> None:
        if self._is_misfit():
            self._fitted = self.outer_size
            self.fit()

    def _is_misfit(self) -> bool:
        return self.outer_size != self._fitted and all(
            node.display for node in self.ancestors_with_self
        )

    def _make_strip(
        self, index: int, line: Line, base: Style, selected: tuple[int, int] | None
    ) -> Strip:
        segments = self.segments(line, base)
        if selected is not None:
            segments = self._highlight(segments, *selected)
        strip = Strip(segments).crop_extend(0, self.size.width, base)
        return strip.apply_offsets(0, index) if self.ALLOW_SELECT else strip

    def _highlight(self, segments: list[Segment], start: int, end: int) -> list[Segment]:
        style = self.screen.get_component_rich_style("screen--selection")
        if self.app.no_color:
            style = Style(reverse=True)
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
