"""Widgets that show something: text, numbers, charts and the state of runs."""

from __future__ import annotations

from typing import Any, Literal

from cpsl.ui.base import Widget, used

ChartType = Literal["line", "bar", "pie", "scatter", "area"]
MetricFormat = Literal["number", "currency", "percent"]


class Text(Widget):
    """Text; the styles are heading and muted."""

    type = "text"

    def __init__(self, content: str, *, style: str | None = None) -> None:
        self.content = content
        self.style = style

    def to_dict(self) -> dict[str, Any]:
        """Return the text as JSON; what is not set is left out."""
        return {"type": self.type, "content": self.content, **used(style=self.style)}


class Metric(Widget):
    """A number with a label, given or read from a field of a data source."""

    type = "metric"

    def __init__(
        self,
        label: str,
        *,
        data: str | None = None,
        field: str | None = None,
        value: Any = None,
        format: MetricFormat | None = None,  # noqa: A002 - the public API's name
    ) -> None:
        self.label = label
        self.data = data
        self.field = field
        self.value = value
        self.format = format

    def to_dict(self) -> dict[str, Any]:
        """Return the number as JSON; what is not set is left out."""
        value = {} if self.value is None else {"value": self.value}
        return {
            "type": self.type,
            "label": self.label,
            **used(data=self.data, field=self.field),
            **value,
            **used(format=self.format),
        }


class Chart(Widget):
    """A chart of a data source."""

    type = "chart"

    def __init__(
        self,
        *,
        data: str | None = None,
        chart_type: ChartType = "line",
        x: str | None = None,
        y: str | None = None,
    ) -> None:
        self.data = data
        self.chart_type = chart_type
        self.x = x
        self.y = y

    def to_dict(self) -> dict[str, Any]:
        """Return the chart as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "chart_type": self.chart_type,
            **used(data=self.data, x=self.x, y=self.y),
        }


class EmptyState(Widget):
    """What is shown where there is nothing."""

    type = "empty_state"

    def __init__(self, message: str = "", *, icon: str = "") -> None:
        self.message = message
        self.icon = icon

    def to_dict(self) -> dict[str, Any]:
        """Return the message as JSON; what is not set is left out."""
        return {"type": self.type, **used(message=self.message, icon=self.icon)}


class RunStatus(Widget):
    """The state of the workflow run that is open."""

    type = "run_status"

    def to_dict(self) -> dict[str, Any]:
        """Return the widget as JSON."""
        return {"type": self.type}


class RunList(Widget):
    """The runs of a workflow."""

    type = "run_list"

    def __init__(self, *, empty_message: str = "No runs yet") -> None:
        self.empty_message = empty_message

    def to_dict(self) -> dict[str, Any]:
        """Return the list as JSON."""
        return {"type": self.type, "empty_message": self.empty_message}
