from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui

LINE = {"type": "divider"}


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.Page([]), {"type": "page", "children": []}),
        (ui.Page([ui.Divider()]), {"type": "page", "children": [LINE]}),
        (ui.Row([]), {"type": "row", "children": []}),
        (
            ui.Row(
                [ui.Divider()],
                columns=["2fr", 1],
                min_widths=200,
                gap=0,
                fill=True,
                align="center",
            ),
            {
                "type": "row",
                "children": [LINE],
                "columns": ["2fr", 1],
                "min_widths": 200,
                "gap": 0,
                "fill": True,
                "align": "center",
            },
        ),
        (ui.Column([]), {"type": "column", "children": []}),
        (
            ui.Column([ui.Divider()], width="50%", flex=2, rows=["auto"], gap=8, fill=True),
            {
                "type": "column",
                "children": [LINE],
                "width": "50%",
                "flex": 2,
                "rows": ["auto"],
                "gap": 8,
                "fill": True,
            },
        ),
        (ui.Card(), {"type": "card"}),
        (
            ui.Card("Notes", [ui.Divider()], icon="book", bordered=True),
            {
                "type": "card",
                "title": "Notes",
                "icon": "book",
                "bordered": True,
                "children": [LINE],
            },
        ),
        (ui.Divider(), LINE),
        (ui.WorkflowShell(), {"type": "workflow_shell"}),
        (
            ui.WorkflowShell("Report", children=[ui.Divider()]),
            {"type": "workflow_shell", "title": "Report", "children": [LINE]},
        ),
        (ui.FormSection(), {"type": "form_section"}),
        (
            ui.FormSection("Who", children=[ui.Divider()]),
            {"type": "form_section", "label": "Who", "children": [LINE]},
        ),
        (ui.ActionBar(), {"type": "action_bar"}),
        (ui.ActionBar(children=[ui.Divider()]), {"type": "action_bar", "children": [LINE]}),
    ],
)
def test_widgets_that_hold_others_as_json(widget: Any, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected


def test_a_child_that_is_no_widget_fails_when_the_page_is_written() -> None:
    child: Any = "hello"
    page = ui.Page([child])

    with pytest.raises(AttributeError, match="'hello' is not a widget"):
        page.to_dict()
