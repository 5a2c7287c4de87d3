"""Tests of changing and comparing the data of sessions."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cpsl.records import JsonObject, JsonPatch
from cpsl_dev.exceptions import InvalidInput, PatchTestFailed
from cpsl_dev.patches import apply_patch, difference

DATA: JsonObject = {"a": 1, "list": [1, 2], "deep": {"x": {"y": 1}}, "a/b": "slash", "m~n": 8}


def test_an_object_is_merged() -> None:
    patch = {"a": None, "deep": {"x": {"z": 2}}, "new": {"k": None, "v": 1}}

    assert apply_patch(DATA, patch) == {
        "list": [1, 2],
        "deep": {"x": {"y": 1, "z": 2}},
        "new": {"v": 1},
        "a/b": "slash",
        "m~n": 8,
    }


def test_a_merge_replaces_what_is_no_object() -> None:
    assert apply_patch({"a": [1], "b": {"c": 1}}, {"a": {"d": 1}, "b": 5}) == {
        "a": {"d": 1},
        "b": 5,
    }


def test_a_list_is_a_series_of_operations() -> None:
    patch: JsonPatch = [
        {"op": "test", "path": "/a", "value": 1},
        {"op": "replace", "path": "/a", "value": 2},
        {"op": "add", "path": "/list/-", "value": 3},
        {"op": "remove", "path": "/deep/x/y"},
        {"op": "move", "from": "/a~1b", "path": "/moved"},
        {"op": "copy", "from": "/list/0", "path": "/m~0n"},
    ]

    assert apply_patch(DATA, patch) == {
        "a": 2,
        "list": [1, 2, 3],
        "deep": {"x": {}},
        "moved": "slash",
        "m~n": 1,
    }


@pytest.mark.parametrize("patch", [[{"op": "remove", "path": "/a"}], {"a": None}])
def test_the_data_that_is_patched_stays_as_it_is(patch: Any) -> None:
    before = {"a": 1, "deep": {"b": [1]}}

    apply_patch(before, patch)

    assert before == {"a": 1, "deep": {"b": [1]}}


def test_a_test_that_does_not_hold_is_told() -> None:
    patch = [
        {"op": "replace", "path": "/a", "value": 2},
        {"op": "test", "path": "/a", "value": 1},
    ]

    with pytest.raises(PatchTestFailed, match=r"A test of the patch does not hold: .*2.*1"):
        apply_patch(DATA, patch)


@pytest.mark.parametrize("path", ["/nothing", "/deep/nothing/x", "/list/7", "/list/x", "/a/b"])
@pytest.mark.parametrize("op", ["remove", "replace", "test"])
def test_a_place_that_is_not_there_is_told(op: str, path: str) -> None:
    with pytest.raises(
        (InvalidInput, PatchTestFailed),
        match=r"The patch names a place that is not there|does not hold",
    ):
        apply_patch(DATA, [{"op": op, "path": path, "value": 1}])


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "explode", "path": "/a"}],
        [{"path": "/a", "value": 1}],
        [{"op": "add", "path": "/a"}],
        [{"op": "add", "value": 1}],
        [{"op": "add", "path": "no slash", "value": 1}],
        [{"op": "add", "path": 5, "value": 1}],
        [{"op": "move", "path": "/a"}],
        [{"op": ["add"], "path": "/a", "value": 1}],
        ["add"],
        [None],
        [[]],
        [5],
    ],
)
def test_what_is_no_patch_is_refused(patch: Any) -> None:
    with pytest.raises(InvalidInput, match=r"This is no JSON patch|not there"):
        apply_patch(DATA, patch)


@pytest.mark.parametrize("patch", ["text", 5, None, True])
def test_what_is_neither_a_list_nor_an_object_is_refused(patch: Any) -> None:
    with pytest.raises(InvalidInput, match="This is no JSON patch"):
        apply_patch(DATA, patch)


@pytest.mark.parametrize("value", [[1], "text", None])
def test_the_data_stays_an_object(value: Any) -> None:
    with pytest.raises(InvalidInput, match="something else than an object"):
        apply_patch(DATA, [{"op": "replace", "path": "", "value": value}])


def test_the_data_cannot_be_removed() -> None:
    with pytest.raises(InvalidInput):
        apply_patch(DATA, [{"op": "remove", "path": ""}])


def test_nothing_differs_from_itself() -> None:
    assert difference(DATA, dict(DATA)) == []


def test_a_difference_names_the_place_that_changed() -> None:
    after = {**DATA, "deep": {"x": {"y": 2}}, "a/b": "new", "list": [1, 2, 3]}

    assert difference(DATA, after) == [
        {"op": "add", "path": "/list/2", "value": 3},
        {"op": "replace", "path": "/deep/x/y", "value": 2},
        {"op": "replace", "path": "/a~1b", "value": "new"},
    ]


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (0, False), (1, 1.0), (True, 1), ([1], [True])]
)
def test_values_that_python_takes_for_equal_differ_where_json_does(before: Any, after: Any) -> None:
    patch = difference({"a": before}, {"a": after})

    assert patch != []
    assert repr(apply_patch({"a": before}, patch)) == repr({"a": after})


def test_a_large_value_is_told_as_replaced() -> None:
    before = {"big": ["x" * 1_000] * 300}
    after = {"big": ["x" * 1_000] * 299}

    assert difference(before, after) == [{"op": "replace", "path": "/big", "value": after["big"]}]


@pytest.mark.parametrize("seed", range(40))
def test_a_difference_leads_from_one_state_to_the_other(seed: int) -> None:
    chance = random.Random(seed)
    before, after = _object(chance, 3), _object(chance, 3)

    patched = apply_patch(before, difference(before, after))

    assert patched == after


def _object(chance: random.Random, depth: int) -> JsonObject:
    keys = chance.sample(["a", "b", "c", "d/e", "f~g", "", "0"], chance.randint(0, 5))
    return {key: _value(chance, depth) for key in keys}


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.randint(0, 5 if depth else 3)
    if kind == 4:
        return [_value(chance, depth - 1) for _ in range(chance.randint(0, 4))]
    if kind == 5:
        return _object(chance, depth - 1)
    return [None, chance.randint(0, 3), chance.choice("xyz"), chance.random() < 0.5][kind]
