"""`session.data` as a tree, with what changed marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from cpsl_dev.tui.actions import actions_of
from cpsl_dev.tui.data_model import Change, DataModel, Path, Row, pointer_of
from cpsl_dev.tui.spans import Line, Span, one_line, two_sided
from cpsl_dev.tui.summaries import pretty_json, short_json
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
        *(Binding(action.keys, action.name, show=False) for action in actions_of("Data")),
    ]
    keeps_mark = True

    @dataclass
    class Opened(Message):
        """The user wants to see a value whole, and what was there before if `change` is set."""

        path: str
        value: Any
        change: Change | None

        @property
        def text(self) -> str:
            """What there is to see."""
            text = pretty_json(self.value)
            if self.change is None or self.change.kind != "changed":
                return text
            return f"{text}\n\n// before the last change:\n{pretty_json(self.change.old)}"

    @dataclass
    class Copied(Message):
        """The user wants something in the clipboard."""

        what: str
        text: str

    @dataclass
    class Wanted(Message):
        """The user wants a change at a path: `edit`, `add`, `delete`, or `undo` of the last."""

        what: str
        path: Path = ()

    def __init__(self, model: DataModel) -> None:
        super().__init__(id="data-tree")
        self.model = model
        self._rows: list[Row] = []

    @property
    def row_count(self) -> int:
        """How many rows are visible; one says that there is nothing."""
        return max(1, len(self._rows))

    def show(self) -> None:
        """Show the model as it is now; the cursor stays with its value."""
        row, self._rows = self._row(), self.model.rows()
        at = (
            index
            for index, other in enumerate(self._rows)
            if row and (other.path, other.more > 0) == (row.path, row.more > 0)
        )
        self.hold(next(at, self.cursor))

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

    def is_handle(self, index: int, x: int) -> bool:
        """Tell whether there is the arrow of a container."""
        row = self._rows[index] if index < len(self._rows) else None
        return row is not None and row.count is not None and x in _arrow_of(row)

    def action_choose(self) -> None:
        """Open or close a container; show a plain value whole."""
        row = self._row()
        if row is None:
            return
        if row.count is None and not row.more:
            self.post_message(self.Opened(pointer_of(row.path), row.value, row.change))
            return
        self.model.toggle(row)
        self.show()

    def action_old_value(self) -> None:
        """Show what was there before the last change."""
        row = self._row()
        if row is not None:
            self.post_message(self.Opened(pointer_of(row.path), row.value, row.change))

    def action_copy_value(self) -> None:
        """Copy the value as JSON."""
        row = self._row()
        if row is not None:
            self.post_message(self.Copied("value", short_json(row.value, 1_000_000)))

    def action_copy_path(self) -> None:
        """Copy the path as a JSON pointer."""
        row = self._row()
        if row is not None:
            self.post_message(self.Copied("path", pointer_of(row.path)))

    def action_edit_value(self) -> None:
        """Ask to change the value; all of the data where it is empty."""
        row = self._row()
        self.post_message(self.Wanted("edit", () if row is None else row.path))

    def action_edit_all(self) -> None:
        """Ask to change the whole data."""
        self.post_message(self.Wanted("edit", ()))

    def action_add_value(self) -> None:
        """Ask to add something to the container of the cursor, or around it."""
        row = self._row()
        if row is None:
            self.action_add_key()
            return
        is_inside = row.more or (isinstance(row.value, (dict, list)) and not _is_gone(row))
        self.post_message(self.Wanted("add", row.path if is_inside else row.path[:-1]))

    def action_add_key(self) -> None:
        """Ask to add a key to the data itself."""
        self.post_message(self.Wanted("add", ()))

    def action_delete_value(self) -> None:
        """Ask to take the value away."""
        row = self._row()
        if row is not None and not row.more and not _is_gone(row):
            self.post_message(self.Wanted("delete", row.path))

    def action_undo_edit(self) -> None:
        """Ask to take back the last edit."""
        self.post_message(self.Wanted("undo"))

    def _row(self) -> Row | None:
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None


def _is_gone(row: Row) -> bool:
    return row.change is not None and row.change.kind == "gone"


def _arrow_of(row: Row) -> range:
    return range(2 * row.depth, 2 * row.depth + 2)


def _row_line(row: Row) -> Line:
    indent = "  " * row.depth
    if row.more:
        return ((f"{indent}  … {row.more:,} more: enter shows them", ("dim",)),)
    name: Span = (one_line(row.name) or '""', ("key",))
    if row.count is None:
        gone = ("gone",) if _is_gone(row) else ()
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
