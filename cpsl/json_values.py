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
    return _Walk(on_converted).convert(value, path)


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
    """One walk over a value; knows what it is inside of."""

    def __init__(self, on_converted: OnConverted | None) -> None:
        self._on_converted = on_converted
        self._open: set[int] = set()
        self._quiet = 0

    def convert(self, value: Any, path: str) -> Any:
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            return self._text(value, path)
        if kind is int:
            return value if _INT_MIN <= value <= _INT_MAX else self._told(value, str(value), path)
        if kind is float:
            return value if math.isfinite(value) else self._told(value, None, path)
        if isinstance(value, dict | list):
            return self._container(value, path)
        return self._foreign(value, path)

    def _text(self, value: str, path: str) -> str:
        cleaned = clean_text(value)
        return cleaned if cleaned is value or cleaned == value else self._told(value, cleaned, path)

    def _container(self, value: Any, path: str) -> Any:
        if id(value) in self._open:
            return self._told(value, "<circular reference>", path)
        if len(self._open) >= MAX_DEPTH:
            return self._told(value, _safe_str(value), path)
        self._open.add(id(value))
        try:
            if isinstance(value, dict):
                # A copy, because a thread of the handler may be writing.
                return self._members(list(value.items()), path)
            return [self.convert(item, f"{path}/{i}") for i, item in enumerate(list(value))]
        except RecursionError:
            return self._told(value, _safe_str(value), path)
        finally:
            self._open.discard(id(value))

    def _members(self, items: list[tuple[Any, Any]], path: str) -> dict[str, Any]:
        result = {}
        for key, item in items:
            name = clean_text(key if isinstance(key, str) else _safe_str(key))
            place = f"{path}/{_escape(name)}"
            if name != key:
                self._tell(key, name, place, what="key ")
            result[name] = self.convert(item, place)
        return result

    def _foreign(self, value: Any, path: str) -> Any:
        """Convert what is not JSON by its type; tell of the outermost only."""
        self._quiet += 1
        try:
            result = self._foreign_value(value, path)
        finally:
            self._quiet -= 1
        return self._told(value, result, path)

    def _foreign_value(self, value: Any, path: str) -> Any:
        match value:
            case Enum():
                return self.convert(value.value, path)
            case str():
                return clean_text(value)
            case int():
                return self.convert(int(value), path)
            case float():
                return self.convert(float(value), path)
            case date() | time():
                return value.isoformat()
            case bytes():
                return clean_text(value.decode("utf-8", "replace"))
            case tuple() | set():
                return self._container(list(value), path)
        return self._object(value, path)

    def _object(self, value: Any, path: str) -> Any:
        if isinstance(value, type):
            return _safe_str(value)
        if id(value) in self._open or len(self._open) >= MAX_DEPTH:
            return _safe_str(value)
        self._open.add(id(value))
        try:
            if callable(dump := getattr(value, "model_dump", None)):
                return self.convert(dump(mode="json"), path)
            if is_dataclass(value):
                members = [(f.name, getattr(value, f.name)) for f in fields(value)]
                return self._members(members, path)
        except Exception:  # noqa: BLE001 - the app's own code; storing its data must not fail
            return _safe_str(value)
        finally:
            self._open.discard(id(value))
        return _safe_str(value)

    def _told(self, value: Any, result: Any, path: str) -> Any:
        self._tell(value, result, path)
        return result

    def _tell(self, value: Any, result: Any, path: str, *, what: str = "") -> None:
        if self._on_converted is not None and not self._quiet:
            kind = what + type(value).__name__
            self._on_converted(Conversion(path=path, type=kind, original=value, result=result))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _safe_str(value: Any) -> str:
    try:
        return clean_text(str(value))[:_TEXT_LIMIT]
    except Exception:  # noqa: BLE001 - the app's own __str__; storing its data must not fail
        return f"<{type(value).__name__}>"
