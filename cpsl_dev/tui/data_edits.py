"""Edits of `session.data`: what each one changes, whether it still can, and how to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cpsl.records import JsonObject, JsonPatch
from cpsl_dev.exceptions import DevError
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.data_model import MISSING, Path, look_up, pointer_of
from cpsl_dev.tui.summaries import pretty_json, short_json

_SHOWN = 80


class ValueMoved(DevError):
    """The value is not what it was when the edit was begun. `found` is what is there now."""

    def __init__(self, path: Path, found: Any) -> None:
        now = "it is gone" if found is MISSING else f"it is {short_json(found, _SHOWN)} now"
        super().__init__(f"{named(path)} has changed meanwhile: {now}.")
        self.found = found


class KeyTaken(DevError):
    """The object has such a key already."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{named(path)} is there already: choose another key, or edit that one.")


class NothingToAddTo(DevError):
    """The object or list that something was to be added to is gone."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{named(path)} is no object and no list any more: nothing was added.")


class DataBusy(DevError):
    """The data never stayed the same for as long as an edit takes."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"The data of session {session_id!r} changes all the time: nothing was edited. "
            f"Try again when its turns are over."
        )


_PYTHON_WORDS = {"True": "true", "False": "false", "None": "null"}


class NotJson(DevError):
    """A text is no JSON. `line` and `column` count from 1."""

    def __init__(self, text: str, error: orjson.JSONDecodeError) -> None:
        self.line, self.column = error.lineno, error.colno
        if not text.strip():
            super().__init__('There is no value yet: write JSON, a text in "quotes".')
            return
        super().__init__(f"Line {self.line}, column {self.column}: {error.msg}{_way_out(text)}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edit:
    """One change of the data.

    Attributes:
        what: What it did, as is said of it.
        patch: The operations that make it.
        place: Where it can be seen whether anything has changed since.
        before: What was there; `MISSING` where there was nothing.
        after: What is there then; `MISSING` likewise.
    """

    what: str
    patch: JsonPatch
    place: Path
    before: Any
    after: Any


def replaced(data: JsonObject, path: Path, expected: Any, value: Any) -> Edit:
    """Put a value in the place of another; of nothing where `MISSING` is expected.

    Raises:
        ValueMoved: what is there is not `expected`.
    """
    found = look_up(data, path)
    if not same(found, expected):
        raise ValueMoved(path, found)
    patch = _change(path, found, value)
    return Edit(what=f"{named(path)} edited", patch=patch, place=path, before=found, after=value)


def added(data: JsonObject, container: Path, key: str, value: Any) -> Edit:
    """Put a value into an object under a new key, or at the end of a list, which needs no key.

    Raises:
        KeyTaken: there is such a key.
        NothingToAddTo: it is neither an object nor a list.
    """
    found = look_up(data, container)
    if isinstance(found, list):
        path = (*container, str(len(found)))
        return Edit(
            what=f"{named(path)} added",
            patch=[{"op": "add", "path": pointer_of((*container, "-")), "value": value}],
            place=container,
            before=found,
            after=[*found, value],
        )
    path = (*container, key)
    if not isinstance(found, dict):
        raise NothingToAddTo(container)
    if key in found:
        raise KeyTaken(path)
    patch = _change(path, MISSING, value)
    return Edit(what=f"{named(path)} added", patch=patch, place=path, before=MISSING, after=value)


def removed(data: JsonObject, path: Path, expected: Any) -> Edit:
    """Take a value out of its object or list.

    Raises:
        ValueMoved: what is there is not `expected`.
    """
    found = look_up(data, path)
    if not same(found, expected):
        raise ValueMoved(path, found)
    patch = _change(path, found, MISSING)
    what = f"{named(path)} deleted"
    items = look_up(data, path[:-1])
    if not isinstance(items, list):
        return Edit(what=what, patch=patch, place=path, before=found, after=MISSING)
    index = int(path[-1])
    # The others have moved up: only the whole list tells whether it can be put back.
    rest = [*items[:index], *items[index + 1 :]]
    return Edit(what=what, patch=patch, place=path[:-1], before=items, after=rest)


def undone(data: JsonObject, edit: Edit) -> Edit:
    """Take an edit back.

    Raises:
        ValueMoved: what it has changed was changed again since.
    """
    found = look_up(data, edit.place)
    if not same(found, edit.after):
        raise ValueMoved(edit.place, found)
    return Edit(
        what=f"{edit.what}: undone",
        patch=_change(edit.place, found, edit.before),
        place=edit.place,
        before=found,
        after=edit.before,
    )


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON: Python takes 1, 1.0 and True for equal."""
    if one is MISSING or other is MISSING:
        return one is other
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(one, option=options) == orjson.dumps(other, option=options)


def named(path: Sequence[str]) -> str:
    """Return a path as people read it."""
    return pointer_of(path) or "The data"


def json_source(value: Any) -> str:
    """Return a value as JSON to be edited: what cannot be seen is escaped, so it survives."""
    text = pretty_json(value)
    if safe_text(text) == text:
        return text
    return "".join(
        character if character == "\n" or safe_text(character) == character else _escape(character)
        for character in text
    )


def read_json(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        NotJson: it is none.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotJson(text, error) from None


def _change(path: Path, before: Any, after: Any) -> JsonPatch:
    pointer = pointer_of(path)
    if before is MISSING:
        return [{"op": "add", "path": pointer, "value": after}]
    test: JsonObject = {"op": "test", "path": pointer, "value": before}
    if after is MISSING:
        return [test, {"op": "remove", "path": pointer}]
    return [test, {"op": "replace", "path": pointer, "value": after}]


def _way_out(text: str) -> str:
    word = text.strip()
    if word in _PYTHON_WORDS:
        return f". JSON writes {_PYTHON_WORDS[word]}."
    return '. A text is written in "quotes".' if word[0].isalpha() else ""


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
