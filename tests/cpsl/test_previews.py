from __future__ import annotations

import hashlib
from typing import Any

import pytest

from cpsl.blocks import Block
from cpsl.previews import table_block, table_id, ui_block
from cpsl.ui import Card, Table, Text


def show_table(table: Any = None, **options: Any) -> Block:
    defaults: dict[str, Any] = {
        "session_id": "s1",
        "collection": None,
        "rows": None,
        "data": None,
        "columns": None,
        "title": "",
        "label": None,
        "scope": None,
        "sortable": False,
        "filterable": False,
        "paginate": 0,
        "mode": "split",
    }
    return table_block(table, **{**defaults, **options})


def show_ui(ui: Any = None, **options: Any) -> Block:
    defaults: dict[str, Any] = {
        "component": None,
        "page": None,
        "props": None,
        "packages": None,
        "title": "",
        "key": "",
        "mode": "split",
    }
    return ui_block(ui, **{**defaults, **options})


def test_table_of_rows() -> None:
    block = show_table(rows=[{"a": 1}], columns=["a"], sortable=True)

    assert block.type == "table_preview"
    assert block.payload["mode"] == "split"
    assert block.payload["title"] == "Table"
    assert block.payload["table"]["rows"] == [{"a": 1}]
    assert block.payload["table"]["sortable"] is True


def test_each_session_has_one_table_beside_it() -> None:
    assert show_table(data="sales").id == table_id("s1")
    assert table_id("s1") == f"preview_{hashlib.sha1(b's1').hexdigest()}"
    assert table_id("s1") != table_id("s2")


def test_inline_tables_are_many() -> None:
    assert show_table(data="sales", mode="inline").id == ""


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({"data": "open_deals"}, "Open Deals"),
        ({"collection": "big-notes"}, "Big Notes"),
        ({"data": "sales", "label": "Label"}, "Label"),
        ({"data": "sales", "label": "Label", "title": "Title"}, "Title"),
        ({"table": Table("notes", label="Mine")}, "Mine"),
    ],
)
def test_title_of_a_table(options: dict[str, Any], title: str) -> None:
    assert show_table(**options).payload["title"] == title


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({}, ValueError, "exactly one of table, collection=, rows= and data=, not 0"),
        ({"data": "a", "rows": []}, ValueError, "collection=, rows= and data=, not 2"),
        ({"data": "a", "mode": "tab"}, ValueError, "no mode 'tab'; choose one of split, .*inline"),
        ({"table": Text("x")}, TypeError, "show_table takes a cpsl.ui.Table first, not <"),
    ],
)
def test_bad_tables_are_refused(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        show_table(**options)


def test_ui_of_a_widget() -> None:
    block = show_ui(Card("Numbers"), key="k", props={"a": 1}, mode="copilot")

    assert block.type == "ui_preview"
    assert block.payload == {
        "mode": "copilot",
        "title": "Numbers",
        "key": "k",
        "props": {"a": 1},
        "kind": "widget",
        "widget": {"type": "card", "title": "Numbers"},
    }


def test_ui_of_a_component() -> None:
    block = show_ui(component="ui/deal_board.tsx", packages=["d3"])

    assert block.payload == {
        "mode": "split",
        "title": "Deal Board",
        "kind": "component",
        "component": "ui/deal_board.tsx",
        "packages": ["d3"],
    }


def test_ui_of_a_page() -> None:
    assert show_ui(page="my-page").payload == {
        "mode": "split",
        "title": "My Page",
        "kind": "page",
        "page": "my-page",
    }


@pytest.mark.parametrize(
    ("ui", "title", "expected"),
    [
        (Text("x"), "", "Text"),
        (Table("notes", label="Notes"), "", "Notes"),
        ({"type": "task_board"}, "", "Task Board"),
        (Text("x"), "Own", "Own"),
    ],
)
def test_title_of_a_widget(ui: Any, title: str, expected: str) -> None:
    assert show_ui(ui, title=title).payload["title"] == expected


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({}, ValueError, "show_ui needs exactly one of ui, component= and page="),
        ({"component": "a", "page": "b"}, ValueError, "exactly one of ui, component= and page="),
        ({"page": "a", "mode": "tab"}, ValueError, "show_ui has no mode 'tab'"),
        ({"ui": 3}, TypeError, "show_ui takes a widget of cpsl.ui first, not 3"),
    ],
)
def test_bad_ui_is_refused(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        show_ui(**options)
