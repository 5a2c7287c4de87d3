"""`session.data` as a tree, with what changed marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from cpsl_dev.tui.data_model import Change, DataModel, Row
from cpsl_dev.tui.spans import Line, Span, one_line, two_sided
from cpsl_dev.tui.summaries import short_json
from cpsl_dev.tui.widgets.row_list import RowList

_MARKS = {
    "new": ("● new", "changed"),
    "changed": ("● changed", "changed"),
    "gone": ("○ gone", "gone"),
}


class DataTree(RowList):
    """The rows of a data model; enter opens and closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", "Open", show=False),
        Binding("o", "old_value", "Old value", show=False),
        Binding("y", "copy_value", "Copy", show=False),
        Binding("Y,shift+y", "copy_path", "Copy path", show=False),
    ]

    @dataclass
    class Opened(Message):
        """The user wants to see a value whole, and what was there before if `change` is set."""

        path: str
        value: Any
        change: Change | None

    @dataclass
    class Copied(Message):
        """The user wants something in the clipboard."""

        what: str
        text: str

    def __init__(self, model: DataModel) -> None:
        super().__init__(id="data-tree")
        self.model = model
        self._rows: list[Row] = []

    @property
    def row_count(self) -> int:
        """How many rows are visible; one says that there is nothing."""
        return max(1, len(self._rows))

    def show(self) -> None:
        """Show the model as it is now."""
        self._rows = self.model.rows()
        self.rows_changed()

    def line_at(self, index: int) -> Line:
        """Return a row in one line."""
        if not self._rows:
            return (("session.data is empty", ("dim",)),)
        if index >= len(self._rows):
            return ()
        row = self._rows[index]
        mark, style = _MARKS[row.change.kind] if row.change else ("", "")
        right: Line = ((f"{mark} ", (style,)),) if mark else ()
        return two_sided(_row_line(row), right, self.view_width)

    def action_choose(self) -> None:
        """Open or close a container; show a plain value whole."""
        row = self._row()
        if row is None:
            return
        if row.count is None and not row.more:
            self.post_message(self.Opened(pointer(row), row.value, row.change))
            return
        self.model.toggle(row)
        self.show()

    def action_old_value(self) -> None:
        """Show what was there before the last change."""
        row = self._row()
        if row is not None:
            self.post_message(self.Opened(pointer(row), row.value, row.change))

    def action_copy_value(self) -> None:
        """Copy the value as JSON."""
        row = self._row()
        if row is not None:
            self.post_message(self.Copied("value", short_json(row.value, 1_000_000)))

    def action_copy_path(self) -> None:
        """Copy the path as a JSON pointer."""
        row = self._row()
        if row is not None:
            self.post_message(self.Copied("path", pointer(row)))

    def _row(self) -> Row | None:
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None


def pointer(row: Row) -> str:
    """Return the path of a row as a JSON pointer."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in row.path)


def _row_line(row: Row) -> Line:
    indent = "  " * row.depth
    if row.more:
        return ((f"{indent}  … {row.more:,} more: enter shows them", ("dim",)),)
    name: Span = (f"{one_line(row.name)}", ("key",))
    if row.count is None:
        gone = ("gone",) if row.change and row.change.kind == "gone" else ()
        return (
            (f"{indent}  ", ()),
            name,
            ("  ", ()),
            (_value(row.value), gone or _style(row.value)),
        )
    arrow = "▾ " if row.is_open else "▸ "
    count = f"  [{row.count:,}]" if isinstance(row.value, list) else f"  {{{row.count:,}}}"
    return ((f"{indent}{arrow}", ("dim",)), name, (count, ("dim",)))


def _value(value: Any) -> str:
    return one_line(short_json(value, 300))


def _style(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return ("string",)
    return ("number",) if value is not None else ("dim",)
