"""Turn Python values into JSON, by the rules that `session.data` is stored under."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, time
from enum import Enum
from typing import Any

import orjson

MAX_DEPTH = 200
_TEXT_LIMIT = 10_000
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A value that was not JSON, or a key that was not text, and what it became.

    `path` is a JSON pointer, `type` the name of the type that it had.
    """

    path: str
    type: str
    original: Any
    result: Any


OnConverted = Callable[[Conversion], None]


def dumps(value: Any) -> bytes:
    """Encode a value that is JSON already."""
    return orjson.dumps(value)


def clean_text(text: str) -> str:
    """Return text that every reader can store: no lone surrogates, no NUL, a plain `str`."""
    if type(text) is not str:
        text = str.__str__(text)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            # UTF-16 joins a pair that was split by a bad decoder, and marks what stands alone.
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd") if "\0" in text else text


def to_json(value: Any, *, path: str = "", on_converted: OnConverted | None = None) -> Any:
    """Return a JSON copy of `value`; never raises because of a type.

    Args:
        value: Anything.
        path: Where the value stands, as a JSON pointer.
        on_converted: Called for each value that was not JSON. What is inside such a value is not
            told again.
    """
    return _Walk(path, on_converted).convert(value)


def to_plain_json(value: Any) -> Any:
    """Return a JSON copy of `value`, which must be JSON but for what no JSON can hold.

    Raises:
        TypeError: A value is not JSON; the text names its place.
    """
    return to_json(value, on_converted=_refuse_foreign)


def _refuse_foreign(conversion: Conversion) -> None:
    if not isinstance(conversion.original, str | int | float | tuple | None):
        raise TypeError(
            f"{conversion.type} at {conversion.path or '/'!r} is not JSON: {conversion.original!r}"
        )


class _Walk:
    """One walk over a value; knows where it is and what it is inside of."""

    def __init__(self, path: str, on_converted: OnConverted | None) -> None:
        self._path: list[Any] = [path]
        self._on_converted = on_converted
        self._open: set[int] = set()
        self._quiet = 0

    def convert(self, value: Any) -> Any:
        if _is_plain(value):
            return value
        kind = type(value)
        if kind is str:
            cleaned = clean_text(value)
            return value if cleaned == value else self._told(value, cleaned)
        if kind is int:
            return self._told(value, str(value))
        if kind is float:
            return self._told(value, None)
        if isinstance(value, dict | list):
            return self._container(value)
        return self._foreign(value)

    def _container(self, value: Any) -> Any:
        if id(value) in self._open:
            return self._told(value, "<circular reference>")
        if len(self._open) >= MAX_DEPTH:
            return self._told(value, _safe_str(value))
        self._open.add(id(value))
        try:
            # Copies, because a thread of the handler may be writing.
            if isinstance(value, dict):
                return self._members(list(value.items()))
            return [
                item if _is_plain(item) else self._inside(index, item)
                for index, item in enumerate(list(value))
            ]
        except RecursionError:
            return self._told(value, _safe_str(value))
        finally:
            self._open.discard(id(value))

    def _members(self, items: list[tuple[Any, Any]]) -> dict[str, Any]:
        result = {}
        for key, item in items:
            name = key if type(key) is str and _is_plain(key) else self._name(key)
            result[name] = item if _is_plain(item) else self._inside(name, item)
        return result

    def _name(self, key: Any) -> str:
        name = clean_text(key if isinstance(key, str) else _safe_str(key))
        if name != key:
            self._path.append(name)
            self._tell(key, name, what="key ")
            self._path.pop()
        return name

    def _inside(self, step: str | int, value: Any) -> Any:
        self._path.append(step)
        try:
            return self.convert(value)
        finally:
            self._path.pop()

    def _foreign(self, value: Any) -> Any:
        """Convert what is not JSON by its type; tell of the outermost only."""
        self._quiet += 1
        try:
            result = self._foreign_value(value)
        finally:
            self._quiet -= 1
        return self._told(value, result)

    def _foreign_value(self, value: Any) -> Any:
        match value:
            case Enum():
                return self.convert(value.value)
            case str():
                return clean_text(value)
            case int():
                return self.convert(int(value))
            case float():
                return self.convert(float(value))
            case date() | time():
                return value.isoformat()
            case bytes():
                return clean_text(value.decode("utf-8", "replace"))
            case tuple() | set():
                return self._container(list(value))
        return self._object(value)

    def _object(self, value: Any) -> Any:
        if isinstance(value, type):
            return _safe_str(value)
        if id(value) in self._open or len(self._open) >= MAX_DEPTH:
            return _safe_str(value)
        self._open.add(id(value))
        try:
            if callable(dump := getattr(value, "model_dump", None)):
                return self.convert(dump(mode="json"))
            if is_dataclass(value):
                return self._members([(f.name, getattr(value, f.name)) for f in fields(value)])
        except Exception:  # noqa: BLE001 - the app's own code; storing its data must not fail
            return _safe_str(value)
        finally:
            self._open.discard(id(value))
        return _safe_str(value)

    def _told(self, value: Any, result: Any) -> Any:
        self._tell(value, result)
        return result

    def _tell(self, value: Any, result: Any, *, what: str = "") -> None:
        if self._on_converted is None or self._quiet:
            return
        start, *steps = self._path
        path = start + "".join(f"/{_escape(str(step))}" for step in steps)
        kind = what + type(value).__name__
        self._on_converted(Conversion(path=path, type=kind, original=value, result=result))


def _is_plain(value: Any) -> bool:
    """True for a scalar that is JSON as it is; false also where that takes a closer look."""
    kind = type(value)
    if kind is str:
        return bool(value.isascii() and "\0" not in value)
    if kind is int:
        return bool(_INT_MIN <= value <= _INT_MAX)
    return value is None or kind is bool or (kind is float and math.isfinite(value))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _safe_str(value: Any) -> str:
    try:
        return clean_text(str(value))[:_TEXT_LIMIT]
    except Exception:  # noqa: BLE001 - the app's own __str__; storing its data must not fail
        return f"<{type(value).__name__}>"
