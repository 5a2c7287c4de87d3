from __future__ import annotations

from typing import Any

import pytest

from cpsl.lookups import compile_lookups, compile_update


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        ({}, {}),
        ({"age": 3}, {"age": 3}),
        ({"age__exact": 3}, {"age": 3}),
        ({"id": "x"}, {"_id": "x"}),
        ({"id__in": ("x", "y")}, {"_id": {"$in": ["x", "y"]}}),
        ({"age__gte": 3, "age__lt": 9}, {"age": {"$gte": 3, "$lt": 9}}),
        ({"age__ne": 3}, {"age": {"$ne": 3}}),
        ({"age__nin": [3]}, {"age": {"$nin": [3]}}),
        ({"name__contains": "a.b"}, {"name": {"$regex": r"a\.b", "$options": "i"}}),
        ({"name__startswith": "a"}, {"name": {"$regex": "^a", "$options": "i"}}),
        ({"name__endswith": "a"}, {"name": {"$regex": "a$", "$options": "i"}}),
        ({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 2}}),
    ],
)
def test_lookups_become_a_filter_document(
    lookups: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert compile_lookups(lookups) == expected


@pytest.mark.parametrize(
    ("lookup", "reason"),
    [
        ("age__near", "'age__near' has the unknown operator 'near'. Known are exact, ne, gt"),
        ("a__b__gt", "'a__b__gt' has more than one '__'"),
        ("_id", "'_id' starts with an underscore. For the id, write id=."),
        ("__x", "'__x' starts with an underscore"),
    ],
)
def test_what_is_no_lookup_is_refused(lookup: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        compile_lookups({lookup: 1})


@pytest.mark.parametrize(
    "lookups", [{"age": 3, "age__gt": 1}, {"age__gt": 1, "age": 3}, {"age": 3, "age__exact": 1}]
)
def test_a_value_and_an_operator_on_one_field_are_refused(lookups: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="'age' is compared with a value and by an operator"):
        compile_lookups(lookups)


def test_plain_fields_are_set() -> None:
    assert compile_update({"a": 1, "b.c": 2}) == {"$set": {"a": 1, "b.c": 2}}


def test_operators_pass_through() -> None:
    assert compile_update({"$inc": {"a": 1}, "$set": {"b": 2}}) == {
        "$inc": {"a": 1},
        "$set": {"b": 2},
    }


def test_an_empty_update_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"An update must not be empty\. Name the fields to change\."
    ):
        compile_update({})


def test_fields_beside_operators_are_refused() -> None:
    with pytest.raises(ValueError, match=r"fields or operators, not both: \['\$inc', 'a'\]\. Put"):
        compile_update({"$inc": {"b": 1}, "a": 1})
