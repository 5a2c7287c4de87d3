from __future__ import annotations

from typing import Any

import pytest

from cpsl.exceptions import NotAvailable
from cpsl.queries import CollectionQuery, CollectionRow


def state(query: CollectionQuery) -> tuple[Any, ...]:
    return (query._filter, query._limit, query._skip, query._sort)


def test_each_step_makes_a_new_query() -> None:
    start = CollectionQuery(None)

    end = start.filter(age__gt=3).limit(10).offset(20).order_by("-age", "name")

    assert state(start) == ({}, 0, 0, {})
    assert state(end) == ({"age": {"$gt": 3}}, 10, 20, {"age": -1, "name": 1})


def test_a_later_filter_on_a_field_replaces_the_earlier() -> None:
    query = CollectionQuery(None).filter(age__gt=3, name="a").filter(age__lt=9)

    assert state(query)[0] == {"age": {"$lt": 9}, "name": "a"}


def test_a_bad_lookup_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="unknown operator 'near'"):
        CollectionQuery(None).filter(age__near=3)


@pytest.mark.parametrize("method", ["all", "first", "one", "delete"])
async def test_running_a_query_says_that_it_does_not_work_yet(method: str) -> None:
    with pytest.raises(NotAvailable, match=rf"collection\.{method}\(\) is not available"):
        await getattr(CollectionQuery(None), method)()


async def test_awaiting_a_query_reads_all_rows() -> None:
    with pytest.raises(NotAvailable, match=r"collection\.all\(\) is not available"):
        await CollectionQuery(None)


def test_a_row_is_a_dictionary_with_an_id() -> None:
    row = CollectionRow({"_id": "x", "a": 1}, None)

    assert (row.id, row["a"], dict(row)) == ("x", 1, {"_id": "x", "a": 1})


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda row: row.delete(), r"row\.delete\(\)"),
        (lambda row: row.update({"a": 1}), r"row\.update\(\)"),
    ],
)
async def test_changing_a_row_says_that_it_does_not_work_yet(call: Any, name: str) -> None:
    with pytest.raises(NotAvailable, match=f"{name} is not available"):
        await call(CollectionRow({"_id": "x"}, None))
