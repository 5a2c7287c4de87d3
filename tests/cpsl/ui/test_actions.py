from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl import ui


async def archive(session: Any, event: Any) -> None: ...


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.ActionCard("Go"), {"type": "action_card", "label": "Go"}),
        (
            ui.ActionCard(
                "Go",
                description="d",
                icon="i",
                image="m",
                workflow=cpsl.Workflow("Report"),
                primary=True,
                input={"a": 1},
            ),
            {
                "type": "action_card",
                "label": "Go",
                "description": "d",
                "icon": "i",
                "image": "m",
                "target": "workflow",
                "value": "Report",
                "primary": True,
                "payload": {"a": 1},
            },
        ),
        (
            ui.GalleryCard("Go", page="notes", payload={"a": 1}),
            {
                "type": "gallery_card",
                "label": "Go",
                "target": "page",
                "value": "notes",
                "payload": {"a": 1},
            },
        ),
        (ui.Button("Go"), {"type": "button", "label": "Go"}),
        (
            ui.Button("Go", on_click=archive, payload={"a": 1}, primary=True),
            {
                "type": "button",
                "label": "Go",
                "target": "action",
                "value": "archive",
                "payload": {"a": 1},
                "primary": True,
            },
        ),
        (
            ui.Button("Go", on_click="archive"),
            {"type": "button", "label": "Go", "target": "action", "value": "archive"},
        ),
        (
            ui.SubmitButton("Go"),
            {"type": "submit_button", "label": "Go", "action": "start"},
        ),
        (
            ui.SubmitButton("Go", action="stop", primary=True),
            {"type": "submit_button", "label": "Go", "action": "stop", "primary": True},
        ),
    ],
)
def test_buttons_and_cards_as_json(widget: Any, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected


@pytest.mark.parametrize("card", [ui.ActionCard, ui.GalleryCard])
def test_a_card_leads_to_one_place(card: Any) -> None:
    with pytest.raises(ValueError, match="Card 'Go' leads to one place, not to 2"):
        card("Go", prompt="a", page="b")


def test_a_card_takes_input_for_a_workflow_only() -> None:
    with pytest.raises(ValueError, match="Card 'Go' has input=, which only a workflow takes"):
        ui.ActionCard("Go", prompt="a", input={})


def test_a_button_that_triggers_nothing_known_fails_when_it_is_written() -> None:
    button = ui.Button("Go", on_click=3)

    with pytest.raises(ValueError, match="on_click=3 of button 'Go' must be an action or its name"):
        button.to_dict()
