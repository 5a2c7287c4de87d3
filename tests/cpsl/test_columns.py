from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.columns import CollectionDecl, Column, check_columns, columns_to_json, to_columns


def test_a_column_is_its_key_and_what_else_is_set() -> None:
    assert Column("a").to_dict() == {"key": "a", "type": "text"}
    assert Column("a", "date", "Due", "short").to_dict() == {
        "key": "a",
        "type": "date",
        "label": "Due",
        "format": "short",
    }


@pytest.mark.parametrize("column", [Column("a"), Column("a", "date", "Due", "short")])
def test_a_column_survives_json(column: Column) -> None:
    assert Column.from_dict(column.to_dict()) == column


def test_a_bare_key_is_a_column() -> None:
    assert Column.from_dict("a") == Column("a")


def test_plain_columns_are_written_as_keys() -> None:
    assert columns_to_json(to_columns(["a", {"key": "b"}])) == ["a", "b"]


def test_one_special_column_makes_all_of_them_whole() -> None:
    assert columns_to_json(to_columns(["a", Column("b", label="B")])) == [
        {"key": "a", "type": "text"},
        {"key": "b", "type": "text", "label": "B"},
    ]


def test_what_is_no_column_is_refused() -> None:
    with pytest.raises(TypeError, match=r"3 is not a column\. Give a key, a cpsl\.Column or a dic"):
        to_columns([3])


def test_types_of_columns_are_not_checked_where_a_collection_is_declared() -> None:
    kind: Any = "colour"

    cpsl.App("notes").collection("notes", columns=[Column("a", kind)])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (["a", "a"], "Column 'a' is there twice"),
        ([""], "Column key '' must not be empty or hold"),
        (["a.b"], "Column key 'a.b' must not be empty or hold"),
        (["$a"], r"Column key '\$a' must not be empty or hold"),
        (["a\0"], "must not be empty or hold '\\$', '.' or NUL"),
        ([{"key": "a", "type": "colour"}], "Type of column 'a' must be one of boolean, currency"),
    ],
)
def test_columns_that_cannot_be_stored_are_refused(columns: list[Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_columns(to_columns(columns))


@pytest.mark.parametrize(
    "declaration",
    [
        CollectionDecl("notes"),
        CollectionDecl("notes", "user", (Column("a"),), True, True, 20),
        CollectionDecl("notes", columns=()),
    ],
)
def test_a_declaration_survives_json(declaration: CollectionDecl) -> None:
    assert CollectionDecl.from_dict(declaration.to_dict()) == declaration


def test_a_declaration_leaves_out_what_is_not_set() -> None:
    assert CollectionDecl("notes").to_dict() == {"name": "notes", "scope": "app"}


def test_the_keys_of_columns() -> None:
    assert CollectionDecl("notes").column_keys() is None
    assert CollectionDecl("notes", columns=(Column("a"), Column("b"))).column_keys() == ["a", "b"]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("app", {}),
        ("user", {"_user_id": "u"}),
        ("owner", {"_team_id": "o"}),
        ("session", {"_session_id": "s"}),
    ],
)
def test_the_scope_keeps_rows_apart(scope: Any, expected: dict[str, str]) -> None:
    declaration = CollectionDecl("notes", scope)

    assert declaration.scope_filter(user_id="u", owner_id="o", session_id="s") == expected


def test_an_owner_is_the_user_unless_there_is_another() -> None:
    declaration = CollectionDecl("notes", "owner")

    assert declaration.scope_filter(user_id="u", session_id="s") == {"_team_id": "u"}
