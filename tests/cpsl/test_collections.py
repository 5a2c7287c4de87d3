from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.collections import CollectionManager, DatabaseProxy, DynamicCollection
from cpsl.columns import CollectionDecl, Column
from cpsl.exceptions import NotAvailable

REF = cpsl.CollectionRef("notes", CollectionDecl("notes", columns=(Column("text"),)))
DYNAMIC = DynamicCollection(None, "app", "notes", "app")
COLLECTIONS = [pytest.param(REF, id="declared"), pytest.param(DYNAMIC, id="dynamic")]

CALLS: list[tuple[Any, str]] = [
    (lambda c: c.insert_one({"a": 1}), "insert_one"),
    (lambda c: c.insert_many([{"a": 1}]), "insert_many"),
    (lambda c: c.find_one(), "find_one"),
    (lambda c: c.find({"a": 1}, limit=3), "find"),
    (lambda c: c.raw_get(), "raw_get"),
    (lambda c: c.raw_filter(), "raw_filter"),
    (lambda c: c.get(id="x"), "get"),
    (lambda c: c.update_one({}, {"a": 1}), "update_one"),
    (lambda c: c.delete_one({}), "delete_one"),
    (lambda c: c.delete_many({}), "delete_many"),
    (lambda c: c.delete_rows(["x"]), "delete_rows"),
    (lambda c: c.count(), "count"),
    (lambda c: c.filter(a=1).first(), "first"),
    (lambda c: c.all(), "all"),
    (lambda c: c.set_columns(["a", Column("b")]), "set_columns"),
    (lambda c: c.add_column("due", type="date"), "add_column"),
    (lambda c: c.remove_column("text"), "remove_column"),
    (lambda c: c.rename_column("text", "title"), "rename_column"),
]


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(("call", "name"), CALLS)
async def test_rows_and_columns_say_that_they_do_not_work_yet(
    collection: Any, call: Any, name: str
) -> None:
    with pytest.raises(NotAvailable, match=rf"collection\.{name}\(\) is not available"):
        await call(collection)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (lambda c: c.update_one({}, {}), ValueError, "An update must not be empty"),
        (lambda c: c.update_one({}, {"a": 1, "$inc": {}}), ValueError, "fields or operators"),
        (lambda c: c.get(a__near=1), ValueError, "unknown operator 'near'"),
        (lambda c: c.delete_rows([]), ValueError, r"delete_rows\(\) needs at least one row"),
        (lambda c: c.delete_rows(iter(())), ValueError, "needs at least one row"),
        (lambda c: c.set_columns(["a", "a"]), ValueError, "Column 'a' is there twice"),
        (lambda c: c.set_columns([3]), TypeError, "3 is not a column"),
        (lambda c: c.add_column("a", type="colour"), ValueError, "Type of column 'a' must be"),
        (lambda c: c.add_column("a.b"), ValueError, "Column key 'a.b'"),
        (lambda c: c.add_column("a", default=1), NotImplementedError, "does not fill existing"),
        (lambda c: c.add_column("a", backfill=True), NotImplementedError, "does not fill"),
        (
            lambda c: c.remove_column("a", drop_values=True),
            NotImplementedError,
            "does not drop values yet",
        ),
        (lambda c: c.rename_column("a", "$b"), ValueError, r"Column key '\$b'"),
        (
            lambda c: c.rename_column("a", "b", migrate_values=True),
            NotImplementedError,
            "does not move values yet",
        ),
    ],
)
async def test_wrong_use_is_refused_first(
    collection: Any, call: Any, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        await call(collection)


async def test_a_declared_column_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="Column 'text' is there twice"):
        await REF.add_column("text")


async def test_columns_are_those_that_were_declared() -> None:
    assert await REF.list_columns() == [Column("text")]
    assert await DYNAMIC.list_columns() == []


async def test_only_a_dynamic_collection_can_upsert() -> None:
    untyped: Any = REF

    with pytest.raises(NotAvailable):
        await DYNAMIC.update_one({}, {"a": 1}, upsert=True)
    with pytest.raises(TypeError, match="upsert"):
        await untyped.update_one({}, {"a": 1}, upsert=True)


async def test_a_declared_collection_is_found_with_its_scope() -> None:
    manager = CollectionManager(None, "app", user_id="u", collection_scopes={"notes": "user"})

    collection = await manager.get("notes")

    assert (collection.name, collection.scope) == ("notes", "user")


async def test_a_collection_that_is_not_declared_needs_a_scope() -> None:
    manager = CollectionManager(None, "app")

    with pytest.raises(ValueError, match="Collection 'notes' is not declared: give it a scope="):
        await manager.get("notes")
    assert (await manager.get("notes", scope="app")).scope == "app"


@pytest.mark.parametrize(
    ("name", "scope", "reason"),
    [
        ("notes", "app", "Collection 'notes' is declared with scope 'user'"),
        ("other", "team", "Scope of collection 'other' must be one of app, owner, session, user"),
        ("other", "session", "Collection 'other' has scope 'session', which needs somebody"),
        ("other", "owner", "get it through session.collections"),
    ],
)
async def test_a_scope_that_does_not_fit_is_refused(name: str, scope: Any, reason: str) -> None:
    manager = CollectionManager(None, "app", user_id="u", collection_scopes={"notes": "user"})

    with pytest.raises(ValueError, match=reason):
        await manager.get(name, scope=scope)


async def test_every_name_is_a_collection_of_the_database() -> None:
    database = DatabaseProxy(None, "app")

    with pytest.raises(NotAvailable, match=r"collection\.find\(\)"):
        await database.anything.find()


def test_names_with_an_underscore_are_no_collections() -> None:
    with pytest.raises(AttributeError, match=r"app\.db has no collection '_kv': names start with"):
        _ = DatabaseProxy(None, "app")._kv
