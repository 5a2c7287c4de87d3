"""Tables of collections, of data sources and of given rows."""

from __future__ import annotations

from typing import Any, Literal

from cpsl.collections import CollectionRef
from cpsl.columns import Column as ColumnDef
from cpsl.columns import columns_to_json, to_columns
from cpsl.ui.base import Widget, serialized, used


class Table(Widget):
    """A table of a collection, a data source or given rows.

    Args:
        collection: what it shows: a reference, or a name.
        data: the data source that it shows.
        rows: what it shows.
        columns: keys, or `cpsl.Column`s; those of the reference if not given.
        label: what it is called.
        scope: whose rows of the collection.
        sortable: let users sort it.
        filterable: let users filter it.
        paginate: rows on a page; 0 is all.
        editable: let users change it.
        reorderable: let users move rows.
        import_url: the `#/…` address of a page that imports rows.
        import_page: the name of a page that imports rows.

    Raises:
        ValueError: `import_url` is not the address of a page.
    """

    type = "table"

    def __init__(  # noqa: PLR0913 - the public API's parameters
        self,
        collection: str | CollectionRef | None = None,
        *,
        data: str | None = None,
        rows: list[dict[str, Any]] | None = None,
        columns: list[str | ColumnDef] | None = None,
        label: str | None = None,
        scope: Literal["app", "user", "owner", "session"] | None = None,
        sortable: bool = False,
        filterable: bool = False,
        paginate: int = 0,
        editable: bool = False,
        reorderable: bool = False,
        import_url: str | None = None,
        import_page: str | None = None,
    ) -> None:
        if import_url is not None and not import_url.startswith("#/"):
            raise ValueError(f"import_url={import_url!r} must be a page, such as '#/import'.")
        self.collection = collection
        self.data = data
        self.rows = rows
        self.columns = columns
        self.label = label
        self.scope = scope
        self.sortable = sortable
        self.filterable = filterable
        self.paginate = paginate
        self.editable = editable
        self.reorderable = reorderable
        self.import_url = import_url
        self.import_page = import_page
        if isinstance(collection, CollectionRef):
            self._inherit(collection)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as JSON; what is not set is left out."""
        always = used(
            label=self.label,
            import_url=self.import_url,
            import_page=self.import_page,
            data=self.data,
        )
        return {"type": self.type, **self._source(), **always}

    def _inherit(self, collection: CollectionRef) -> None:
        declared = collection.declaration
        self.scope = self.scope or declared.scope
        if self.columns is None and declared.columns is not None:
            self.columns = list(declared.columns)
        self.sortable = self.sortable or declared.sortable
        self.filterable = self.filterable or declared.filterable
        self.paginate = self.paginate or declared.paginate

    def _source(self) -> dict[str, Any]:
        options = used(
            scope=self.scope,
            columns=columns_to_json(to_columns(list(self.columns or []))),
            sortable=self.sortable,
            filterable=self.filterable,
            paginate=self.paginate or None,
            editable=self.editable,
            reorderable=self.reorderable,
        )
        if self.collection is None:
            # An empty list of rows is a table without rows, not a table without a source.
            rows = {} if self.rows is None else {"rows": list(self.rows)}
            return rows | options
        name = self.collection if isinstance(self.collection, str) else self.collection.name
        return {"collection": name, **options} if options else {"collection_ref": name}


class TableGroup(Widget):
    """Tables under one heading of a `TableBrowser`.

    Raises:
        ValueError: the label is empty.
    """

    type = "table_group"

    def __init__(self, label: str, items: list[Table | TableGroup]) -> None:
        if not label:
            raise ValueError("A table group needs a label.")
        self.label = label
        self.items = items

    def to_dict(self) -> dict[str, Any]:
        """Return the group as JSON."""
        return {"type": self.type, "label": self.label, "items": serialized(self.items)}


class TableBrowser(Widget):
    """Tables to choose from.

    Raises:
        TypeError: an item is neither a table nor a group.
        ValueError: a table shows no collection.
    """

    type = "table_browser"

    def __init__(self, items: list[Table | TableGroup], *, title: str | None = None) -> None:
        _check_items(items)
        self.items = items
        self.title = title

    def to_dict(self) -> dict[str, Any]:
        """Return the browser as JSON; what is not set is left out."""
        return {"type": self.type, "items": serialized(self.items), **used(title=self.title)}


def _check_items(items: list[Any]) -> None:
    for item in items:
        if isinstance(item, TableGroup):
            _check_items(item.items)
        elif not isinstance(item, Table):
            raise TypeError(f"A table browser holds tables and groups of tables, not {item!r}.")
        elif item.collection is None:
            raise ValueError("Every table of a table browser shows a collection.")
