from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.Text("hi"), {"type": "text", "content": "hi"}),
        (ui.Text("", style="muted"), {"type": "text", "content": "", "style": "muted"}),
        (ui.Metric("Total"), {"type": "metric", "label": "Total"}),
        (ui.Metric("Total", value=0), {"type": "metric", "label": "Total", "value": 0}),
        (ui.Metric("Total", value=""), {"type": "metric", "label": "Total", "value": ""}),
        (
            ui.Metric("Total", data="sums", field="total", format="currency"),
            {
                "type": "metric",
                "label": "Total",
                "data": "sums",
                "field": "total",
                "format": "currency",
            },
        ),
        (ui.Chart(), {"type": "chart", "chart_type": "line"}),
        (
            ui.Chart(data="sums", chart_type="bar", x="day", y="total"),
            {"type": "chart", "chart_type": "bar", "data": "sums", "x": "day", "y": "total"},
        ),
        (ui.EmptyState(), {"type": "empty_state"}),
        (
            ui.EmptyState("Nothing", icon="box"),
            {"type": "empty_state", "message": "Nothing", "icon": "box"},
        ),
        (ui.RunStatus(), {"type": "run_status"}),
        (ui.RunList(), {"type": "run_list", "empty_message": "No runs yet"}),
        (ui.RunList(empty_message=""), {"type": "run_list", "empty_message": ""}),
    ],
)
def test_widgets_that_show_something_as_json(widget: Any, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected


def test_words_for_charts_and_formats_are_not_enforced() -> None:
    kind: Any = "radar"

    assert ui.Chart(chart_type=kind).to_dict()["chart_type"] == "radar"
    assert ui.Metric("a", format=kind).to_dict()["format"] == "radar"
