"""The blocks that show tables and user interfaces beside the conversation."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from cpsl.blocks import Block, check_mode

TABLE_MODES = ("split", "copilot", "preview", "inline")


def table_block(  # noqa: PLR0913 - the parameters of Session.show_table
    table: Any,
    *,
    session_id: str,
    collection: Any,
    rows: list[dict[str, Any]] | None,
    data: str | None,
    columns: list[Any] | None,
    title: str,
    label: str | None,
    scope: Any,
    sortable: bool,
    filterable: bool,
    paginate: int,
    mode: str,
) -> Block:
    """Return the block that shows a table.

    Raises:
        ValueError: There is not exactly one source, or the mode is unknown.
        TypeError: `table` is not a `cpsl.ui.Table`.
    """
    from cpsl.ui import Table  # noqa: PLC0415 - most apps show no widgets

    check_mode("show_table", mode, TABLE_MODES)
    sources = [source for source in (table, collection, rows, data) if source is not None]
    if len(sources) != 1:
        raise ValueError(
            f"show_table needs exactly one of table, collection=, rows= and data=, "
            f"not {len(sources)}"
        )
    if table is None:
        table = Table(
            collection,
            data=data,
            rows=rows,
            columns=columns,
            label=label,
            scope=scope,
            sortable=sortable,
            filterable=filterable,
            paginate=paginate,
        )
    if not isinstance(table, Table):
        raise TypeError(f"show_table takes a cpsl.ui.Table first, not {table!r}")
    heading = title or label or table.label or _name_of(table.collection or table.data)
    payload = {"title": heading or "Table", "mode": mode, "table": table.to_dict()}
    return Block("table_preview", payload, "" if mode == "inline" else table_id(session_id))


def table_id(session_id: str) -> str:
    """Return the id of the one table that a session shows beside its conversation."""
    return f"preview_{hashlib.sha1(session_id.encode(), usedforsecurity=False).hexdigest()}"


def ui_block(  # noqa: PLR0913 - the parameters of Session.show_ui
    ui: Any,
    *,
    component: str | None,
    page: Any,
    props: dict[str, Any] | None,
    packages: list[str] | None,
    title: str,
    key: str,
    mode: str,
) -> Block:
    """Return the block that shows a widget, a React component or a page.

    Raises:
        ValueError: There is not exactly one source, or the mode is unknown.
        TypeError: `ui` is not a widget.
    """
    check_mode("show_ui", mode, TABLE_MODES)
    if sum(source is not None for source in (ui, component, page)) != 1:
        raise ValueError("show_ui needs exactly one of ui, component= and page=")
    source, default_title = _ui_source(ui, component, page, packages)
    payload: dict[str, Any] = {"mode": mode, "title": title or default_title}
    if key:
        payload["key"] = key
    if props:
        payload["props"] = props
    return Block("ui_preview", {**payload, **source})


def _ui_source(
    ui: Any, component: str | None, page: Any, packages: list[str] | None
) -> tuple[dict[str, Any], str]:
    if component is not None:
        stem = os.path.splitext(os.path.basename(component))[0]
        source: dict[str, Any] = {"kind": "component", "component": component}
        return source | ({"packages": packages} if packages else {}), _name_of(stem)
    if page is not None:
        return {"kind": "page", "page": str(page)}, _name_of(getattr(page, "name", page))
    widget = ui.to_dict() if callable(getattr(ui, "to_dict", None)) else ui
    if not isinstance(widget, dict):
        raise TypeError(f"show_ui takes a widget of cpsl.ui first, not {ui!r}")
    title = widget.get("title") or widget.get("label") or _name_of(widget.get("type", ""))
    return {"kind": "widget", "widget": widget}, title


def _name_of(source: Any) -> str:
    name = str(getattr(source, "name", source) or "")
    return name.replace("_", " ").replace("-", " ").strip().title()
