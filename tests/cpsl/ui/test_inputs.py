from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (
            ui.Toggle("Dark", setting="dark"),
            {"type": "toggle", "label": "Dark", "setting": "dark"},
        ),
        (ui.TextInput(), {"type": "text_input"}),
        (
            ui.TextInput(
                "Name", name="n", setting="s", multiline=True, placeholder="p", required=True
            ),
            {
                "type": "text_input",
                "label": "Name",
                "name": "n",
                "setting": "s",
                "multiline": True,
                "placeholder": "p",
                "required": True,
            },
        ),
        (ui.NumberInput(), {"type": "number_input"}),
        (
            ui.NumberInput("Age", name="n", min=0, max=150, step=0.5, required=True),
            {
                "type": "number_input",
                "label": "Age",
                "name": "n",
                "min": 0,
                "max": 150,
                "step": 0.5,
                "required": True,
            },
        ),
        (ui.Select(), {"type": "select"}),
        (
            ui.Select("Tone", setting="tone", options=["a", "b"], default="a", required=True),
            {
                "type": "select",
                "label": "Tone",
                "setting": "tone",
                "options": ["a", "b"],
                "default": "a",
                "required": True,
            },
        ),
        (ui.TextArea(name="n"), {"type": "text_area", "name": "n"}),
        (
            ui.TextArea(name="n", label="l", placeholder="p", required=True, rows=8),
            {
                "type": "text_area",
                "name": "n",
                "label": "l",
                "placeholder": "p",
                "required": True,
                "rows": 8,
            },
        ),
        (ui.UrlInput(name="n"), {"type": "url_input", "name": "n"}),
        (
            ui.UrlInput(name="n", label="l", placeholder="p", required=True),
            {
                "type": "url_input",
                "name": "n",
                "label": "l",
                "placeholder": "p",
                "required": True,
            },
        ),
        (ui.UrlListInput(name="n"), {"type": "url_list_input", "name": "n"}),
        (
            ui.UrlListInput(name="n", label="l", placeholder="p"),
            {"type": "url_list_input", "name": "n", "label": "l", "placeholder": "p"},
        ),
        (ui.FileInput(name="n"), {"type": "file_input", "name": "n"}),
        (
            ui.FileInput(name="n", label="l", accept=[".csv"], required=True, multiple=True),
            {
                "type": "file_input",
                "name": "n",
                "label": "l",
                "accept": [".csv"],
                "required": True,
                "multiple": True,
            },
        ),
        (ui.ImageInput(name="n"), {"type": "image_input", "name": "n"}),
        (
            ui.ImageInput(name="n", label="l", required=True, multiple=True),
            {
                "type": "image_input",
                "name": "n",
                "label": "l",
                "required": True,
                "multiple": True,
            },
        ),
        (ui.CheckboxGroup(name="n"), {"type": "checkbox_group", "name": "n"}),
        (
            ui.CheckboxGroup(name="n", label="l", options=["a"], default=["a"]),
            {
                "type": "checkbox_group",
                "name": "n",
                "label": "l",
                "options": ["a"],
                "default": ["a"],
            },
        ),
    ],
)
def test_fields_as_json(widget: Any, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected
