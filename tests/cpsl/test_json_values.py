from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from cpsl.json_values import MAX_DEPTH, Conversion, clean_text, dumps, to_json, to_plain_json


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Status(str, Enum):  # noqa: UP042 - the shape that apps use
    OPEN = "open"


@dataclass
class Note:
    text: str
    when: date = field(default_factory=lambda: date(2026, 1, 2))


class Model:
    def model_dump(self, *, mode: str) -> dict[str, Any]:
        return {"mode": mode, "when": date(2026, 1, 2)}


class Broken:
    def __str__(self) -> str:
        raise ValueError("no text")


def converted(value: Any) -> tuple[Any, list[Conversion]]:
    told: list[Conversion] = []
    return to_json(value, on_converted=told.append), told


@pytest.mark.parametrize("value", ["text", 0, -1, 1.5, True, None, [], {}, {"a": [1, {"b": None}]}])
def test_json_stays_as_it_is(value: Any) -> None:
    result, told = converted(value)

    assert result == value
    assert type(result) is type(value)
    assert told == []


def test_result_shares_no_container_with_the_value() -> None:
    value = {"a": [1]}

    result = to_json(value)
    value["a"].append(2)

    assert result == {"a": [1]}


@pytest.mark.parametrize(
    ("value", "expected", "kind"),
    [
        (math.inf, None, "float"),
        (math.nan, None, "float"),
        (Color.RED, "red", "Color"),
        (Level.LOW, 1, "Level"),
        (Status.OPEN, "open", "Status"),
        (date(2026, 1, 2), "2026-01-02", "date"),
        (time(3, 4), "03:04:00", "time"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00", "datetime"),
        (b"caf\xc3\xa9 \xff", "café �", "bytes"),
        (Note("hi"), {"text": "hi", "when": "2026-01-02"}, "Note"),
        (Model(), {"mode": "json", "when": "2026-01-02"}, "Model"),
        ((1, (2,)), [1, [2]], "tuple"),
        ({3}, [3], "set"),
        (Decimal("1.50"), "1.50", "Decimal"),
        (Path("a/b"), "a/b", "PosixPath"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001", "UUID"),
        (frozenset(), "frozenset()", "frozenset"),
        (bytearray(b"x"), "bytearray(b'x')", "bytearray"),
        (Note, "<class '", "type"),
        (Broken(), "<Broken>", "Broken"),
        (2**63, str(2**63), "int"),
        (-(2**63) - 1, str(-(2**63) - 1), "int"),
        ("a\ud800b", "a\ufffdb", "str"),
        ("a\0b", "a\ufffdb", "str"),
    ],
)
def test_other_values_are_converted_by_their_type(value: Any, expected: Any, kind: str) -> None:
    result, told = converted({"key": value})

    if kind == "type":
        assert result["key"].startswith(expected)
    else:
        assert result == {"key": expected}
    assert [(item.path, item.type, item.result) for item in told] == [("/key", kind, result["key"])]
    assert told[0].original is value


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63)])
def test_integers_of_64_bits_stay(value: int) -> None:
    assert converted(value) == (value, [])


@pytest.mark.parametrize(("key", "name"), [(1, "1"), (None, "None"), (("a", 1), "('a', 1)")])
def test_keys_become_text(key: Any, name: str) -> None:
    result, told = converted({key: "x"})

    assert result == {name: "x"}
    assert [(item.path, item.type) for item in told] == [(f"/{name}", f"key {type(key).__name__}")]


def test_key_that_equals_its_text_is_not_told() -> None:
    result, told = converted({Status.OPEN: 1})

    assert result == {"open": 1}
    assert [type(key) for key in result] == [str]
    assert told == []


def test_paths_are_json_pointers() -> None:
    _, told = converted({"a/b~c": [0, (1,)]})

    assert [item.path for item in told] == ["/a~1b~0c/1"]


def test_subclasses_of_dict_and_list_are_json() -> None:
    assert converted(OrderedDict(a=1)) == ({"a": 1}, [])


def test_what_is_inside_a_converted_value_is_not_told_again() -> None:
    _, told = converted([(1, date(2026, 1, 2), {2})])

    assert [item.path for item in told] == ["/0"]


def test_circular_reference_becomes_text() -> None:
    value: dict[str, Any] = {"name": "loop"}
    value["self"] = value

    result, told = converted(value)

    assert result == {"name": "loop", "self": "<circular reference>"}
    assert [item.path for item in told] == ["/self"]


def test_the_same_value_twice_is_no_circle() -> None:
    part = [1]

    assert to_json([part, part]) == [[1], [1]]


def test_objects_that_refer_to_each_other_become_text() -> None:
    note = Note("x")
    note.text = note  # type: ignore[assignment]

    assert isinstance(to_json(note)["text"], str)


def test_what_is_too_deep_becomes_text_and_the_rest_can_be_encoded() -> None:
    value: list[Any] = []
    for _ in range(3 * MAX_DEPTH):
        value = [value]

    result, told = converted(value)

    assert orjson.loads(dumps({"data": {"patch": [result]}}))
    assert len(told) == 1


def test_model_that_cannot_be_dumped_becomes_text() -> None:
    class Sick:
        def model_dump(self, *, mode: str) -> Any:
            raise RuntimeError(mode)

        def __str__(self) -> str:
            return "sick"

    assert to_json(Sick()) == "sick"


def test_path_can_be_given() -> None:
    told: list[Conversion] = []

    to_json({1}, path="/tags", on_converted=told.append)

    assert told[0].path == "/tags"


def test_clean_text_keeps_what_can_be_stored() -> None:
    text = "naïve ☃ 😀"

    assert clean_text(text) is text


def test_clean_text_joins_a_split_pair() -> None:
    assert clean_text("\ud83d\ude00") == "😀"


def test_clean_text_returns_plain_text() -> None:
    assert type(clean_text(Status.OPEN)) is str
    assert clean_text(Status.OPEN) == "open"


def test_plain_json_takes_what_the_encoder_of_the_platform_takes() -> None:
    value = {"a": (1, 2), 3: math.nan, "b": "x\ud800", "c": Status.OPEN}

    assert to_plain_json(value) == {"a": [1, 2], "3": None, "b": "x\ufffd", "c": "open"}


def test_plain_json_refuses_other_types_and_names_the_place() -> None:
    with pytest.raises(TypeError, match=r"^Note at '/items/1' is not JSON: Note\(text='x'"):
        to_plain_json({"items": [0, Note("x")]})


def test_plain_json_refuses_a_value_by_itself() -> None:
    with pytest.raises(TypeError, match=r"^date at '/' is not JSON"):
        to_plain_json(date(2026, 1, 2))
