"""Collections and their columns as an app declares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.constants import (
    SCOPE_FIELD_OWNER,
    SCOPE_FIELD_SESSION,
    SCOPE_FIELD_USER,
    SCOPE_OWNER,
    SCOPE_SESSION,
    SCOPE_USER,
    VALID_COLUMN_TYPES,
    CollectionScope,
    ColumnType,
    require_one_of,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a collection: the field it shows, and how."""

    key: str
    type: ColumnType = "text"
    label: str | None = None
    format: str | None = None

    @classmethod
    def from_dict(cls, d: dict[str, Any] | str) -> Column:
        """Return the column that `to_dict` gave, or that of a bare key."""
        if isinstance(d, str):
            return cls(d)
        return cls(d["key"], d.get("type", "text"), d.get("label"), d.get("format"))

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON; what is not set is left out."""
        result: dict[str, Any] = {"key": self.key, "type": self.type}
        if self.label is not None:
            result["label"] = self.label
        if self.format is not None:
            result["format"] = self.format
        return result

    @property
    def is_plain(self) -> bool:
        """True if the key says it all."""
        return self.type == "text" and self.label is None and self.format is None


@dataclass(frozen=True, slots=True)
class CollectionDecl:
    """A collection as an app declares it."""

    name: str
    scope: CollectionScope = "app"
    columns: tuple[Column, ...] | None = None
    sortable: bool = False
    filterable: bool = False
    paginate: int = 0

    @classmethod
    def from_dict(cls, d: dict[str, Any]) -> CollectionDecl:
        """Return the declaration that `to_dict` gave."""
        columns = d.get("columns")
        return cls(
            name=d["name"],
            scope=d.get("scope", "app"),
            columns=None if columns is None else tuple(map(Column.from_dict, columns)),
            sortable=d.get("sortable", False),
            filterable=d.get("filterable", False),
            paginate=d.get("paginate", 0),
        )

    def column_keys(self) -> list[str] | None:
        """Return the keys of the columns, or None if none are declared."""
        return None if self.columns is None else [column.key for column in self.columns]

    def scope_filter(self, *, user_id: str, owner_id: str = "", session_id: str) -> dict[str, str]:
        """Return the fields that keep the rows of one scope apart from the others'."""
        if self.scope == SCOPE_USER:
            return {SCOPE_FIELD_USER: user_id}
        if self.scope == SCOPE_OWNER:
            return {SCOPE_FIELD_OWNER: owner_id or user_id}
        if self.scope == SCOPE_SESSION:
            return {SCOPE_FIELD_SESSION: session_id}
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return the declaration as JSON; what is not set is left out."""
        result: dict[str, Any] = {"name": self.name, "scope": self.scope}
        if self.columns is not None:
            result["columns"] = columns_to_json(self.columns)
        if self.sortable:
            result["sortable"] = True
        if self.filterable:
            result["filterable"] = True
        if self.paginate:
            result["paginate"] = self.paginate
        return result


def columns_to_json(columns: tuple[Column, ...]) -> list[Any]:
    """Return bare keys, unless some column says more than its key."""
    if all(column.is_plain for column in columns):
        return [column.key for column in columns]
    return [column.to_dict() for column in columns]


def to_columns(columns: list[Any]) -> tuple[Column, ...]:
    """Return columns from keys, columns and dictionaries. Their types are not checked.

    Raises:
        TypeError: an item is none of these.
    """
    return tuple(_to_column(column) for column in columns)


def check_columns(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return `columns`, once a collection can be stored with them.

    Raises:
        ValueError: a key is there twice or cannot be stored, or a type is none.
    """
    seen: set[str] = set()
    for column in columns:
        check_key(column.key)
        require_one_of(column.type, VALID_COLUMN_TYPES, f"Type of column {column.key!r}")
        if column.key in seen:
            raise ValueError(f"Column {column.key!r} is there twice. Rename one of them.")
        seen.add(column.key)
    return columns


def check_key(key: str) -> None:
    """Refuse a key that a document cannot have.

    Raises:
        ValueError: it is empty, or holds `$`, `.` or NUL.
    """
    if not key or any(character in key for character in "$.\0"):
        raise ValueError(f"Column key {key!r} must not be empty or hold '$', '.' or NUL.")


def _to_column(column: Any) -> Column:
    if isinstance(column, Column):
        return column
    if isinstance(column, str | dict):
        return Column.from_dict(column)
    raise TypeError(f"{column!r} is not a column. Give a key, a cpsl.Column or a dictionary.")
