from __future__ import annotations

from typing import Any

import pytest

from cpsl.records import JsonObject
from cpsl_dev.patches import apply_patch
from cpsl_dev.tui.data_edits import (
    Edit,
    KeyTaken,
    NothingToAddTo,
    NotJson,
    ValueMoved,
    added,
    json_source,
    read_json,
    removed,
    replaced,
    same,
    undone,
)
from cpsl_dev.tui.data_model import MISSING

DATA: JsonObject = {"notes": ["a", "b", "c"], "n": 1, "odd": {"a/b~c": {"": 2}, "ü": None}}


def make(data: JsonObject, edit: Edit) -> JsonObject:
    return apply_patch(data, edit.patch)


@pytest.mark.parametrize(
    "edit",
    [
        replaced(DATA, ("n",), 1, 2),
        replaced(DATA, ("notes", "1"), "b", {"deep": []}),
        replaced(DATA, ("odd", "a/b~c", ""), 2, None),
        replaced(DATA, ("odd", "ü"), None, "x"),
        replaced(DATA, (), DATA, {"other": True}),
        added(DATA, (), "", 1),
        added(DATA, ("odd",), "~/", 1),
        added(DATA, ("notes",), "", "d"),
        removed(DATA, ("notes", "0"), "a"),
        removed(DATA, ("odd", "a/b~c"), {"": 2}),
    ],
    ids=lambda edit: edit.what,
)
def test_edit_is_made_and_taken_back(edit: Edit) -> None:
    after = make(DATA, edit)
    assert after != DATA

    back = undone(after, edit)

    assert same(make(after, back), DATA)
    # Which can be taken back as well.
    assert same(make(DATA, undone(DATA, back)), after)


def test_item_goes_to_the_end_of_a_list_and_a_key_into_an_object() -> None:
    assert make(DATA, added(DATA, ("notes",), "ignored", "d"))["notes"] == ["a", "b", "c", "d"]
    assert make(DATA, added(DATA, ("odd",), "new", 1))["odd"]["new"] == 1
    assert make({}, added({}, (), "first", [])) == {"first": []}


@pytest.mark.parametrize("expected", [2, True, 1.0, "1", None, MISSING])
def test_value_that_moved_is_not_overwritten(expected: Any) -> None:
    with pytest.raises(ValueMoved, match="/n has changed meanwhile: it is 1 now") as caught:
        replaced(DATA, ("n",), expected, 3)
    assert caught.value.found == 1

    with pytest.raises(ValueMoved):
        removed(DATA, ("n",), expected)


def test_value_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(ValueMoved, match="/x/y has changed meanwhile: it is gone"):
        removed(DATA, ("x", "y"), 1)

    # Who has seen that may put it back.
    assert make(DATA, replaced(DATA, ("x",), MISSING, 1))["x"] == 1


def test_key_that_is_there_is_not_overwritten() -> None:
    with pytest.raises(KeyTaken, match="/n is there already: choose another key"):
        added(DATA, (), "n", 2)


@pytest.mark.parametrize("path", [("n",), ("nowhere",), ("notes", "9")])
def test_nothing_is_added_to_what_holds_nothing(path: tuple[str, ...]) -> None:
    with pytest.raises(NothingToAddTo, match="is no object and no list any more"):
        added(DATA, path, "k", 1)


def test_edit_is_not_undone_over_a_later_change() -> None:
    edit = removed(DATA, ("notes", "0"), "a")
    later = {**DATA, "notes": ["b", "c", "d"]}

    with pytest.raises(ValueMoved, match="/notes has changed meanwhile"):
        undone(later, edit)


def test_patch_tests_what_it_overwrites() -> None:
    patch = replaced(DATA, ("n",), 1, 2).patch

    assert patch[0] == {"op": "test", "path": "/n", "value": 1}


def test_order_of_keys_makes_no_difference_but_the_type_does() -> None:
    assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not same(1, True)
    assert not same(MISSING, None)
    assert same(MISSING, MISSING)


@pytest.mark.parametrize(
    "text",
    ["\x1b]0;x", "\u202e\u200b", "\U000e0041", "a\nb", "\U0001f469\u200d\U0001f4bb \u00fc", "\x7f"],
)
def test_source_holds_nothing_invisible_and_means_the_same(text: str) -> None:
    source = json_source({text: [text]})

    assert read_json(source) == {text: [text]}
    assert not {"\x1b", "\u202e", "\u200b", "\U000e0041", "\x7f"} & set(source)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n "b" 2}', "Line 2, column 6: unexpected character, expected ':' after key"),
        ("[1,", "Line 1, column 4: unexpected end of data"),
        ("nope", "Line 1, column 1: invalid literal"),
        (" \n", 'There is no value yet: write JSON, a text in "quotes".'),
        (
            "coffee",
            "Line 1, column 1: unexpected character, expected a JSON value. "
            'A text is written in "quotes".',
        ),
        (
            "None",
            "Line 1, column 1: unexpected character, expected a JSON value. JSON writes null.",
        ),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(NotJson) as caught:
        read_json(text)

    assert str(caught.value).startswith(message)
