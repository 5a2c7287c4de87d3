"""A list of rows, one line each, with a cursor. Only the visible rows are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from cpsl_dev.tui.widgets.line_view import LineView


class RowList(LineView):
    """Rows that a subclass tells by `row_count` and `line_at`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--cursor", "row-list--kept"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", "Up", show=False),
        Binding("down", "cursor_down", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    cursor: reactive[int] = reactive(0)
    always_marked = False
    # True where keys below the list are pressed with the mouse: they mean the marked row.
    keeps_mark = False
    # What stands there while there are no rows.
    empty_text = ""
    ALLOW_SELECT = False
    # True from when the focus came until a click or a move of the cursor.
    _has_come = False

    @dataclass
    class Chosen(Message):
        """The user pressed enter on a row, or clicked the row of the cursor."""

        rows: RowList
        index: int

        @property
        def control(self) -> RowList:
            """The list it happened in."""
            return self.rows

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def rows_changed(self) -> None:
        """Take note that there are other rows, or more of them."""
        count = self.row_count
        self.set_height(count or bool(self.empty_text))
        self.cursor = max(0, min(self.cursor, count - 1))
        self.refresh()

    def hold(self, index: int) -> None:
        """Take note of other rows, among which the one of the cursor has this number."""
        moved, top = index - self.cursor, self.scroll_offset.y
        is_in_sight = top <= self.cursor < top + self.view_height
        self.set_reactive(RowList.cursor, index)
        self.rows_changed()
        if is_in_sight:
            if top:
                self.scroll_to(y=max(0, top + moved), animate=False, immediate=True, force=True)
            self._bring_into_sight()

    def fit(self) -> None:
        """Fit the rows to the new size."""
        self.rows_changed()

    def base_style(self, index: int, base: Style) -> Style:
        """Mark the row of the cursor."""
        if index == self.cursor and (self.has_focus or self.always_marked):
            return base + self.get_component_rich_style("row-list--cursor", partial=True)
        if index == self.cursor and self.keeps_mark:
            return base + self.get_component_rich_style("row-list--kept", partial=True)
        return base

    def watch_cursor(self, cursor: int) -> None:
        """Keep the cursor in sight."""
        self._has_come = False
        self.cursor_moved()
        self._bring_into_sight()
        self.refresh()

    def cursor_moved(self) -> None:
        """Called when the cursor went to another row."""

    def on_focus(self) -> None:
        """Show the cursor."""
        self._has_come = True
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row, or choose the one it is on."""
        at = event.get_content_offset_capture(self)
        index = at.y + self.scroll_offset.y
        if not 0 <= index < self.row_count:
            return
        # Where the cursor was before could not be seen until now.
        is_marked = index == self.cursor and (self.always_marked or not self._has_come)
        self._has_come = False
        self.cursor = index
        if is_marked or event.chain > 1 or self.is_handle(index, at.x):
            self.action_choose()

    def is_handle(self, index: int, x: int) -> bool:
        """Tell whether one click at a cell of a row is to choose it."""
        return False

    def action_cursor_up(self) -> None:
        """Go one row up."""
        self.cursor = max(0, self.cursor - 1)

    def action_cursor_down(self) -> None:
        """Go one row down."""
        self.cursor = max(0, min(self.row_count - 1, self.cursor + 1))

    def action_page(self, direction: int) -> None:
        """Go up or down by what is visible."""
        target = self.cursor + direction * max(1, self.view_height - 1)
        self.cursor = max(0, min(self.row_count - 1, target))

    def action_first(self) -> None:
        """Go to the first row."""
        self.cursor = 0
        # The wheel may have taken the rows away from a cursor that is there already.
        self._bring_into_sight()

    def action_last(self) -> None:
        """Go to the last row."""
        self.cursor = max(0, self.row_count - 1)
        self._bring_into_sight()

    def action_choose(self) -> None:
        """Choose the row of the cursor."""
        if self.row_count:
            self.post_message(self.Chosen(self, self.cursor))

    def _bring_into_sight(self) -> None:
        cursor, top, height = self.cursor, self.scroll_offset.y, self.view_height
        if cursor < top:
            self.scroll_to(y=cursor, animate=False, force=True)
        elif cursor >= top + height:
            self.scroll_to(y=cursor - height + 1, animate=False, force=True)
