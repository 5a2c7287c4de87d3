"""`session.data` as a tree of rows: brought up to date by patches, with what changed marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cpsl.records import JsonObject, JsonPatch

Path = tuple[str, ...]
# Rows shown for one container before it is asked for more.
PAGE = 100
# What is found where there is nothing.
MISSING: Any = object()


class PatchMismatch(Exception):
    """A patch does not fit the data here: it has to be read again."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the value at a path: `new`, `changed` (with the old value) or `gone`."""

    kind: str
    old: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One visible line of the tree. `count` is None for a plain value; `more` for hidden items."""

    path: Path
    name: str
    value: Any
    depth: int
    count: int | None = None
    is_open: bool = False
    change: Change | None = None
    more: int = 0


class DataModel:
    """The data of one session, which parts of it are open, and what changed last."""

    def __init__(self) -> None:
        self.data: JsonObject = {}
        self.changes: dict[Path, Change] = {}
        self.revision = 0
        # The data as far as events have told it: the same, unless what was read is ahead of them.
        self._told = self.data
        self._open: dict[Path, bool] = {}
        self._limits: dict[Path, int] = {}
        self._cause: object = None

    def load(self, data: JsonObject, revision: int, *, same_session: bool) -> None:
        """Take data that was read whole. The marks stay where it is the same session."""
        self.data, self.revision = data, revision
        if not same_session:
            self._told = data
            self.changes = {}
            self._open, self._limits, self._cause = {}, {}, None
        self._catch_up()

    def apply(self, patch: JsonPatch, *, cause: object) -> None:
        """Change the data as a JSON patch says, and mark what it changed.

        What was read can be ahead of the events: then the patch is in it, and is only marked.

        Args:
            patch: The operations.
            cause: Whatever led to it; another cause than the last takes the old marks away.

        Raises:
            PatchMismatch: it does not fit; nothing is changed.
        """
        if self._told is self.data:
            self._told = self.data = self._follow(self.data, patch, cause)
        else:
            self.mark(patch, cause=cause)

    def mark(self, patch: JsonPatch, *, cause: object) -> None:
        """Mark what a patch changed that is in the data already.

        Raises:
            PatchMismatch: it does not fit what was there before; nothing is marked.
        """
        if self._told is self.data:
            return
        try:
            self._told = self._follow(self._told, patch, cause)
        except PatchMismatch:
            self._told = self.data
            raise
        self._catch_up()

    def toggle(self, row: Row) -> None:
        """Open or close a container; show more items where the row stands for hidden ones."""
        if row.more:
            self._limits[row.path] = self._limits.get(row.path, PAGE) + 10 * PAGE
        elif row.count is not None:
            self._open[row.path] = not row.is_open

    def rows(self) -> list[Row]:
        """Return what is visible, from the top."""
        return list(self._rows_of(self.data, (), 0))

    def _catch_up(self) -> None:
        if self._told == self.data:
            self._told = self.data

    def _follow(self, data: Any, patch: JsonPatch, cause: object) -> JsonObject:
        marks: dict[Path, Change] = {}
        for operation in patch:
            path = parse_pointer(str(operation.get("path", "")))
            kind = operation.get("op")
            if kind not in ("add", "replace", "remove"):
                raise PatchMismatch(f"cannot follow {kind!r}")
            path = _real_path(data, path)
            old = look_up(data, path)
            data = _changed(data, path, str(kind), operation.get("value"))
            marks[path] = _change(str(kind), old, is_list=_is_index(data, path))
        if not isinstance(data, dict):
            raise PatchMismatch("data is not an object any more")
        if cause != self._cause:
            self.changes, self._cause = {}, cause
        for path, change in marks.items():
            self._mark(path, change)
        return data

    def _mark(self, path: Path, change: Change) -> None:
        known = self.changes.get(path)
        if known is not None and change.kind == "changed":
            # Of several changes the first one knows what was there before.
            change = known if known.kind == "new" else Change("changed", known.old)
        self.changes[path] = change
        for size in range(1, len(path)):
            # What changed is shown, even deep inside.
            self._open.setdefault(path[:size], True)

    def _rows_of(self, container: Any, path: Path, depth: int) -> Iterator[Row]:
        limit = self._limits.get(path, PAGE)
        hidden = len(container) - limit
        for index, (name, value) in enumerate(_items(container)):
            at = (*path, name)
            # The newest of a list are the ones that are looked for.
            if hidden > 0 and isinstance(container, list):
                if index == 0:
                    yield Row(path, "", None, depth, more=hidden)
                if index < hidden:
                    continue
            elif index >= limit:
                yield Row(path, "", None, depth, more=hidden)
                return
            yield from self._row_of(name, value, at, depth)
        for gone, change in self.changes.items():
            if (
                change.kind == "gone"
                and gone[:-1] == path
                and look_up(container, gone[-1:]) is MISSING
            ):
                yield Row(gone, gone[-1], change.old, depth, change=change)

    def _row_of(self, name: str, value: Any, path: Path, depth: int) -> Iterator[Row]:
        change = self.changes.get(path)
        if change is not None and change.kind == "gone":
            # The item that was there is gone; this one has moved up.
            change = None
        if not isinstance(value, (dict, list)):
            yield Row(path, name, value, depth, change=change)
            return
        is_open = self._open.get(path, depth < 1 and len(value) <= PAGE) and len(value) > 0
        yield Row(path, name, value, depth, len(value), is_open, change)
        if is_open:
            yield from self._rows_of(value, path, depth + 1)


def parse_pointer(pointer: str) -> Path:
    """Split a JSON pointer into its parts."""
    if not pointer:
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def pointer_of(path: Sequence[str]) -> str:
    """Return a path as a JSON pointer."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def look_up(data: Any, path: Sequence[str]) -> Any:
    """Return the value at a path, or `MISSING`."""
    for part in path:
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return MISSING
    return data


def _items(container: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(container, dict):
        return iter([(str(name), value) for name, value in container.items()])
    return ((str(index), value) for index, value in enumerate(container))


def _real_path(data: Any, path: Path) -> Path:
    """Say which index `-`, the end of a list, stands for."""
    if path and path[-1] == "-":
        parent = look_up(data, path[:-1])
        if isinstance(parent, list):
            return (*path[:-1], str(len(parent)))
    return path


def _is_index(data: Any, path: Path) -> bool:
    return bool(path) and isinstance(look_up(data, path[:-1]), list)


def _change(kind: str, old: Any, *, is_list: bool) -> Change:
    if kind == "remove":
        return Change("gone", old)
    if old is MISSING or (kind == "add" and is_list):
        return Change("new")
    return Change("changed", old)


def _changed(data: Any, path: Path, kind: str, value: Any) -> Any:
    """Return the data with one operation done; what is on the way is copied, the rest shared."""
    if not path:
        return value if kind != "remove" else None
    name, rest = path[0], path[1:]
    copy = dict(data) if isinstance(data, dict) else list(data) if isinstance(data, list) else None
    if copy is None:
        raise PatchMismatch(f"{name!r} is inside of a plain value")
    if rest or kind != "add":
        current = look_up(copy, (name,))
        if current is MISSING:
            raise PatchMismatch(f"there is no {name!r}")
        value = _changed(current, rest, kind, value) if rest else value
    if isinstance(copy, dict):
        if kind == "remove" and not rest:
            del copy[name]
        else:
            copy[name] = value
        return copy
    return _changed_list(copy, name, kind if not rest else "replace", value)


def _changed_list(items: list[Any], name: str, kind: str, value: Any) -> list[Any]:
    if not name.isdigit() or int(name) > len(items):
        raise PatchMismatch(f"{name!r} is no index of the list")
    index = int(name)
    if kind == "add":
        items.insert(index, value)
    elif kind == "remove":
        del items[index]
    else:
        items[index] = value
    return items
