from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.targets import payload_of, target_of


def archive() -> None: ...


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, {}),
        ({"prompt": "hello"}, {"target": "prompt", "value": "hello"}),
        ({"workflow": "Report"}, {"target": "workflow", "value": "Report"}),
        ({"workflow": cpsl.Workflow("Report")}, {"target": "workflow", "value": "Report"}),
        ({"page": "notes"}, {"target": "page", "value": "notes"}),
        ({"page": cpsl.PageRef("Notes", "notes")}, {"target": "page", "value": "notes"}),
        ({"action": archive}, {"target": "action", "value": "archive"}),
        ({"action": "archive"}, {"target": "action", "value": "archive"}),
        ({"prompt": None, "action": 3}, {"target": "action", "value": "3"}),
    ],
)
def test_a_target_is_told_by_its_name(target: dict[str, Any], expected: dict[str, Any]) -> None:
    assert target_of("A card", **target) == expected


def test_two_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="A card leads to one place, not to 2: choose one of prom"):
        target_of("A card", prompt="a", page="b")


def test_input_and_payload_are_refused_together() -> None:
    with pytest.raises(ValueError, match="A card has input= and payload=: give one of them"):
        payload_of("A card", {}, input={}, payload={}, takes_input=("workflow",))


def test_input_is_refused_where_nothing_takes_it() -> None:
    with pytest.raises(ValueError, match="A card has input=, which only a workflow takes"):
        payload_of("A card", {"target": "page"}, input={}, payload=None, takes_input=("workflow",))


def test_input_goes_along_as_payload() -> None:
    target = {"target": "workflow"}

    assert payload_of("A", target, input={"a": 1}, payload=None, takes_input=("workflow",)) == {
        "a": 1
    }
