"""Collections: what an app declares and how it asks for rows. Rows are not stored yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cpsl.columns import (
    CollectionDecl,
    Column,
    check_columns,
    check_key,
    to_columns,
)
from cpsl.constants import (
    SCOPE_APP,
    VALID_COLUMN_TYPES,
    VALID_SCOPES,
    CollectionScope,
    require_one_of,
)
from cpsl.exceptions import NotAvailable
from cpsl.lookups import compile_lookups, compile_update
from cpsl.queries import CollectionQuery, CollectionRow


class _Rows:
    """What every collection can do with its rows and columns."""

    def __init__(self, name: str, columns: tuple[Column, ...] = ()) -> None:
        self.name = name
        self._columns = columns

    def all(self) -> CollectionQuery:
        """Return a query of every row."""
        return CollectionQuery(self)

    def filter(self, **lookups: Any) -> CollectionQuery:
        """Return a query of the rows that match, such as `filter(age__gte=18)`."""
        return CollectionQuery(self, compile_lookups(lookups))

    async def get(self, **lookups: Any) -> CollectionRow | None:
        """Return the first row that matches, or None.

        Raises:
            NotAvailable: always, in this version.
        """
        compile_lookups(lookups)
        raise NotAvailable("collection.get()")

    async def insert_one(self, document: dict[str, Any]) -> dict[str, Any]:
        """Store a document and return its row.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.insert_one()")

    async def insert_many(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Store documents and return their rows.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.insert_many()")

    async def find_one(self, filter: dict[str, Any] | None = None) -> CollectionRow | None:  # noqa: A002 - the public API's name
        """Return the first row that matches a filter document, or None.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.find_one()")

    async def find(
        self,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the public API's name
        limit: int = 0,
        skip: int = 0,
        sort: dict[str, int] | None = None,
    ) -> list[CollectionRow]:
        """Return the rows that match a filter document; a limit of 0 is all.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.find()")

    async def raw_get(self, filter: dict[str, Any] | None = None) -> CollectionRow | None:  # noqa: A002 - the public API's name
        """Return the first row that matches a filter document, or None.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.raw_get()")

    async def raw_filter(
        self,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the public API's name
        limit: int = 0,
        skip: int = 0,
        sort: dict[str, int] | None = None,
    ) -> list[CollectionRow]:
        """Return the rows that match a filter document; a limit of 0 is all.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.raw_filter()")

    async def delete_one(self, filter: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - the public API's name
        """Delete the first row that matches a filter document.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.delete_one()")

    async def delete_many(self, filter: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - the public API's name
        """Delete the rows that match a filter document.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.delete_many()")

    async def delete_rows(self, rows_or_ids: Any) -> dict[str, Any]:
        """Delete rows, which are given or named by id.

        Raises:
            ValueError: none are given.
            NotAvailable: always otherwise, in this version.
        """
        if isinstance(rows_or_ids, Iterable) and not list(rows_or_ids):
            raise ValueError("delete_rows() needs at least one row or id.")
        raise NotAvailable("collection.delete_rows()")

    async def count(self, filter: dict[str, Any] | None = None) -> int:  # noqa: A002 - the public API's name
        """Count the rows that match a filter document.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.count()")

    async def list_columns(self) -> list[Column]:
        """Return the columns as they were declared."""
        return list(self._columns)

    async def set_columns(self, columns: list[str | Column | dict[str, Any]]) -> list[Column]:
        """Replace the columns.

        Raises:
            ValueError: a key is there twice or cannot be stored, or a type is none.
            NotAvailable: always otherwise, in this version.
        """
        check_columns(to_columns(columns))
        raise NotAvailable("collection.set_columns()")

    async def add_column(
        self,
        key: str,
        *,
        type: str = "text",  # noqa: A002 - the public API's name
        label: str | None = None,
        format: str | None = None,  # noqa: A002 - the public API's name
        default: Any = None,
        backfill: bool = False,
    ) -> list[Column]:
        """Add a column.

        Raises:
            ValueError: the key is there already or cannot be stored, or the type is none.
            NotImplementedError: `default` or `backfill` is given.
            NotAvailable: always otherwise, in this version.
        """
        if default is not None or backfill:
            raise NotImplementedError("add_column() does not fill existing rows yet.")
        require_one_of(type, VALID_COLUMN_TYPES, f"Type of column {key!r}")
        check_columns((*self._columns, Column(key)))
        raise NotAvailable("collection.add_column()")

    async def remove_column(self, key: str, *, drop_values: bool = False) -> list[Column]:
        """Remove a column.

        Raises:
            NotImplementedError: `drop_values` is given.
            NotAvailable: always otherwise, in this version.
        """
        if drop_values:
            raise NotImplementedError("remove_column() does not drop values yet.")
        raise NotAvailable("collection.remove_column()")

    async def rename_column(
        self, old_key: str, new_key: str, *, migrate_values: bool = False
    ) -> list[Column]:
        """Rename a column.

        Raises:
            ValueError: the new key cannot be stored.
            NotImplementedError: `migrate_values` is given.
            NotAvailable: always otherwise, in this version.
        """
        if migrate_values:
            raise NotImplementedError("rename_column() does not move values yet.")
        check_key(new_key)
        raise NotAvailable("collection.rename_column()")


class CollectionRef(_Rows):
    """A declared collection; its scope is taken from whoever is talking to the app."""

    def __init__(self, name: str, decl: CollectionDecl) -> None:
        super().__init__(name, decl.columns or ())
        self._decl = decl

    @property
    def declaration(self) -> CollectionDecl:
        """What the app declared."""
        return self._decl

    async def update_one(self, filter: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - the public API's name
        """Change the first row that matches a filter document.

        Raises:
            ValueError: the update is empty, or mixes fields and operators.
            NotAvailable: always otherwise, in this version.
        """
        compile_update(update)
        raise NotAvailable("collection.update_one()")


class DynamicCollection(_Rows):
    """A collection that is named at run time."""

    def __init__(
        self,
        stub: Any,
        app_id: str,
        name: str,
        scope: CollectionScope,
        *,
        user_id: str = "",
        owner_id: str = "",
        session_id: str = "",
    ) -> None:
        super().__init__(name)
        self.scope = scope

    async def update_one(
        self,
        filter: dict[str, Any],  # noqa: A002 - the public API's name
        update: dict[str, Any],
        *,
        upsert: bool = False,
    ) -> dict[str, Any]:
        """Change the first row that matches a filter document, or insert one with `upsert`.

        Raises:
            ValueError: the update is empty, or mixes fields and operators.
            NotAvailable: always otherwise, in this version.
        """
        compile_update(update)
        raise NotAvailable("collection.update_one()")


class CollectionManager:
    """Finds collections by name at run time: `app.collections`, `session.collections`."""

    def __init__(
        self,
        stub: Any,
        app_id: str,
        *,
        default_scope: CollectionScope = "app",
        user_id: str = "",
        owner_id: str = "",
        session_id: str = "",
        collection_scopes: dict[str, str] | None = None,
    ) -> None:
        self._stub = stub
        self._app_id = app_id
        self._ids = {"user_id": user_id, "owner_id": owner_id, "session_id": session_id}
        self._scopes: dict[str, str] = {} if collection_scopes is None else collection_scopes

    async def get(self, name: str, *, scope: CollectionScope | None = None) -> DynamicCollection:
        """Return the collection called `name`; one that is not declared needs its scope.

        Raises:
            ValueError: the scope is missing, unknown, another than declared, or needs a user.
        """
        declared = self._scopes.get(name)
        chosen = scope or declared
        if chosen is None:
            raise ValueError(f"Collection {name!r} is not declared: give it a scope=.")
        require_one_of(chosen, VALID_SCOPES, f"Scope of collection {name!r}")
        if declared is not None and chosen != declared:
            raise ValueError(f"Collection {name!r} is declared with scope {declared!r}.")
        if chosen != SCOPE_APP and not self._ids[f"{chosen}_id"]:
            raise ValueError(
                f"Collection {name!r} has scope {chosen!r}, which needs somebody: "
                f"get it through session.collections."
            )
        return DynamicCollection(self._stub, self._app_id, name, chosen, **self._ids)  # type: ignore[arg-type]


class DatabaseProxy:
    """Every collection of an app by name, without scopes: `app.db`."""

    def __init__(self, stub: Any, app_id: str) -> None:
        self._stub = stub
        self._app_id = app_id

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"app.db has no collection {name!r}: names start with a letter.")
        return DynamicCollection(self._stub, self._app_id, name, "app")


def declare_collection(
    name: str,
    *,
    columns: list[str | Column] | None,
    scope: CollectionScope,
    **options: Any,
) -> CollectionRef:
    """Return a reference to a collection that an app declares.

    Raises:
        ValueError: the scope is none of the four.
    """
    require_one_of(scope, VALID_SCOPES, f"Scope of collection {name!r}")
    shown = None if columns is None else to_columns(columns)
    return CollectionRef(name, CollectionDecl(name, scope, shown, **options))
