"""Widgets that hold others: pages, rows, columns, cards and forms."""

from __future__ import annotations

from typing import Any, Literal

from cpsl.ui.base import Widget, serialized, used


class Page(Widget):
    """A whole page."""

    type = "page"

    def __init__(self, children: list[Widget]) -> None:
        self.children = children

    def to_dict(self) -> dict[str, Any]:
        """Return the page as JSON."""
        return {"type": self.type, "children": serialized(self.children)}


class Row(Widget):
    """Widgets side by side.

    Args:
        children: the widgets, from left to right.
        columns: their widths, such as `["2fr", "1fr"]`.
        min_widths: below which they wrap.
        gap: the space between them.
        fill: take the height that is left.
        align: where they stand if their heights differ.
    """

    type = "row"

    def __init__(
        self,
        children: list[Widget],
        *,
        columns: list[str | int | float] | None = None,
        min_widths: list[int | str] | int | str | None = None,
        gap: int | str | None = None,
        fill: bool = False,
        align: Literal["start", "center", "end", "stretch"] | None = None,
    ) -> None:
        self.children = children
        self.columns = columns
        self.min_widths = min_widths
        self.gap = gap
        self.fill = fill
        self.align = align

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "children": serialized(self.children),
            **used(
                columns=self.columns,
                min_widths=self.min_widths,
                gap=self.gap,
                fill=self.fill,
                align=self.align,
            ),
        }


class Column(Widget):
    """Widgets one below the other.

    Args:
        children: the widgets, from top to bottom.
        width: of the column in its row.
        flex: its share of the width that is left.
        rows: the heights of the widgets.
        gap: the space between them.
        fill: take the height that is left.
    """

    type = "column"

    def __init__(
        self,
        children: list[Widget],
        *,
        width: int | str | None = None,
        flex: int | float | str | None = None,
        rows: list[str | int | float] | None = None,
        gap: int | str | None = None,
        fill: bool = False,
    ) -> None:
        self.children = children
        self.width = width
        self.flex = flex
        self.rows = rows
        self.gap = gap
        self.fill = fill

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "children": serialized(self.children),
            **used(width=self.width, flex=self.flex, rows=self.rows, gap=self.gap, fill=self.fill),
        }


class Card(Widget):
    """A box with a title."""

    type = "card"

    def __init__(
        self,
        title: str | None = None,
        children: list[Widget] | None = None,
        *,
        icon: str | None = None,
        bordered: bool = False,
    ) -> None:
        self.title = title
        self.children = children or []
        self.icon = icon
        self.bordered = bordered

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON; what is not set is left out."""
        return {
            "type": self.type,
            **used(
                title=self.title,
                icon=self.icon,
                bordered=self.bordered,
                children=serialized(self.children),
            ),
        }


class Divider(Widget):
    """A line."""

    type = "divider"

    def to_dict(self) -> dict[str, Any]:
        """Return the line as JSON."""
        return {"type": self.type}


class WorkflowShell(Widget):
    """The form of a workflow."""

    type = "workflow_shell"

    def __init__(self, title: str = "", *, children: list[Widget] | None = None) -> None:
        self.title = title
        self.children = children or []

    def to_dict(self) -> dict[str, Any]:
        """Return the form as JSON; what is not set is left out."""
        return {
            "type": self.type,
            **used(title=self.title, children=serialized(self.children)),
        }


class FormSection(Widget):
    """A part of a form."""

    type = "form_section"

    def __init__(self, label: str = "", *, children: list[Widget] | None = None) -> None:
        self.label = label
        self.children = children or []

    def to_dict(self) -> dict[str, Any]:
        """Return the part as JSON; what is not set is left out."""
        return {
            "type": self.type,
            **used(label=self.label, children=serialized(self.children)),
        }


class ActionBar(Widget):
    """The buttons below a form."""

    type = "action_bar"

    def __init__(self, *, children: list[Widget] | None = None) -> None:
        self.children = children or []

    def to_dict(self) -> dict[str, Any]:
        """Return the bar as JSON; without buttons they are left out."""
        return {"type": self.type, **used(children=serialized(self.children))}
