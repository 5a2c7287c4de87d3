"""Rows of a collection, and the queries that ask for them. Nothing is stored yet."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from cpsl.exceptions import NotAvailable
from cpsl.lookups import compile_lookups


class CollectionRow(dict[str, Any]):
    """A row of a collection: a dictionary with an id, which can change and delete itself."""

    def __init__(self, data: dict[str, Any], collection: Any) -> None:
        super().__init__(data)
        self._collection = collection

    @property
    def id(self) -> Any:
        """The id of the row."""
        return self.get("_id")

    async def delete(self) -> dict[str, Any]:
        """Delete the row.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("row.delete()")

    async def update(self, patch: dict[str, Any]) -> dict[str, Any]:  # type: ignore[override]
        """Change the row.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("row.update()")


class CollectionQuery:
    """Rows that are asked for step by step; nothing is read until it is awaited."""

    def __init__(
        self,
        collection: Any,
        filter_doc: dict[str, Any] | None = None,
        *,
        limit_value: int = 0,
        skip_value: int = 0,
        sort_doc: dict[str, int] | None = None,
    ) -> None:
        self._collection = collection
        self._filter = dict(filter_doc or {})
        self._limit = limit_value
        self._skip = skip_value
        self._sort = dict(sort_doc or {})

    def filter(self, **lookups: Any) -> CollectionQuery:
        """Return a query of the rows that also match `lookups`; a field's later lookup wins."""
        return self._changed(filter_doc=self._filter | compile_lookups(lookups))

    def limit(self, n: int) -> CollectionQuery:
        """Return a query of at most `n` rows; 0 is all."""
        return self._changed(limit_value=n)

    def offset(self, n: int) -> CollectionQuery:
        """Return a query that leaves the first `n` rows out."""
        return self._changed(skip_value=n)

    def order_by(self, *fields: str) -> CollectionQuery:
        """Return a query in the order of `fields`; a minus sign before one turns it around."""
        order = {field.removeprefix("-"): -1 if field.startswith("-") else 1 for field in fields}
        return self._changed(sort_doc=order)

    async def all(self) -> list[CollectionRow]:
        """Return the rows.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.all()")

    async def first(self) -> CollectionRow | None:
        """Return the first row, or None.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.first()")

    async def one(self) -> CollectionRow:
        """Return the only row.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.one()")

    async def delete(self) -> dict[str, Any]:
        """Delete every row that matches.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("collection.delete()")

    def __await__(self) -> Generator[Any, None, list[CollectionRow]]:
        return self.all().__await__()

    def _changed(self, **changes: Any) -> CollectionQuery:
        state: dict[str, Any] = {
            "filter_doc": self._filter,
            "limit_value": self._limit,
            "skip_value": self._skip,
            "sort_doc": self._sort,
        }
        return CollectionQuery(self._collection, **(state | changes))
