from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl import ui

APP = cpsl.App("notes")
NOTES = APP.collection(
    "notes",
    columns=["text", cpsl.Column("due", "date")],
    scope="user",
    sortable=True,
    filterable=True,
    paginate=20,
)
COLUMNS = [{"key": "text", "type": "text"}, {"key": "due", "type": "date"}]


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.Table(), {"type": "table"}),
        (ui.Table("notes"), {"type": "table", "collection_ref": "notes"}),
        (
            ui.Table("notes", label="Notes", import_page="import", data="extra"),
            {
                "type": "table",
                "collection_ref": "notes",
                "label": "Notes",
                "import_page": "import",
                "data": "extra",
            },
        ),
        (
            ui.Table("notes", scope="app", columns=["a"], editable=True, reorderable=True),
            {
                "type": "table",
                "collection": "notes",
                "scope": "app",
                "columns": ["a"],
                "editable": True,
                "reorderable": True,
            },
        ),
        (
            ui.Table(NOTES),
            {
                "type": "table",
                "collection": "notes",
                "scope": "user",
                "columns": COLUMNS,
                "sortable": True,
                "filterable": True,
                "paginate": 20,
            },
        ),
        (
            ui.Table(NOTES, columns=["text"], paginate=5, scope="owner", import_url="#/import"),
            {
                "type": "table",
                "collection": "notes",
                "scope": "owner",
                "columns": ["text"],
                "sortable": True,
                "filterable": True,
                "paginate": 5,
                "import_url": "#/import",
            },
        ),
        (
            ui.Table(APP.collection("plain")),
            {"type": "table", "collection": "plain", "scope": "app"},
        ),
        (
            ui.Table(data="sums", columns=["a"], sortable=True),
            {"type": "table", "data": "sums", "columns": ["a"], "sortable": True},
        ),
        (ui.Table(rows=[{"a": 1}]), {"type": "table", "rows": [{"a": 1}]}),
        (ui.Table(rows=[]), {"type": "table", "rows": []}),
        (
            ui.TableGroup("All", [ui.Table("notes")]),
            {
                "type": "table_group",
                "label": "All",
                "items": [{"type": "table", "collection_ref": "notes"}],
            },
        ),
        (
            ui.TableBrowser([ui.TableGroup("All", [ui.Table("notes")])], title="Data"),
            {
                "type": "table_browser",
                "title": "Data",
                "items": [
                    {
                        "type": "table_group",
                        "label": "All",
                        "items": [{"type": "table", "collection_ref": "notes"}],
                    }
                ],
            },
        ),
    ],
)
def test_tables_as_json(widget: Any, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected


@pytest.mark.parametrize("url", ["", "/import", "https://example.com"])
def test_rows_are_imported_by_a_page(url: str) -> None:
    with pytest.raises(ValueError, match=f"import_url='{url}' must be a page, such as '#/import'"):
        ui.Table("notes", import_url=url)


def test_a_group_needs_a_label() -> None:
    with pytest.raises(ValueError, match="A table group needs a label"):
        ui.TableGroup("", [])


@pytest.mark.parametrize("items", [["notes"], [ui.Text("a")]])
def test_a_browser_holds_tables_only(items: Any) -> None:
    with pytest.raises(TypeError, match="holds tables and groups of tables, not"):
        ui.TableBrowser(items)


@pytest.mark.parametrize("item", [ui.Table(data="sums"), ui.TableGroup("All", [ui.Table(rows=[])])])
def test_every_table_of_a_browser_shows_a_collection(item: Any) -> None:
    with pytest.raises(ValueError, match="Every table of a table browser shows a collection"):
        ui.TableBrowser([item])
