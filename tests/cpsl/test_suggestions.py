from __future__ import annotations

from typing import Any

import pytest

from cpsl import Suggestion
from cpsl.suggestions import serialize_suggestions


def test_a_suggestion_is_its_label_and_target() -> None:
    assert Suggestion("Say hello", prompt="hello").to_dict() == {
        "label": "Say hello",
        "target": "prompt",
        "value": "hello",
    }


def test_what_is_set_is_written() -> None:
    suggestion = Suggestion(
        "Report",
        workflow="Report",
        description="d",
        icon="i",
        image="m",
        accent="a",
        primary=True,
        input={"year": 2026},
    )

    assert suggestion.to_dict() == {
        "label": "Report",
        "target": "workflow",
        "value": "Report",
        "description": "d",
        "icon": "i",
        "image": "m",
        "accent": "a",
        "primary": True,
        "payload": {"year": 2026},
    }


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "Suggestion 'Go' leads nowhere: give it one of prompt, workflow, page, action"),
        ({"prompt": "a", "page": "b"}, "Suggestion 'Go' leads to one place, not to 2"),
        ({"action": "a", "input": {}, "payload": {}}, "has input= and payload="),
        ({"prompt": "a", "input": {}}, "has input=, which only a workflow or action takes"),
    ],
)
def test_a_suggestion_that_cannot_work_is_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Suggestion("Go", **options)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        (None, 0),
        (Suggestion("a", prompt="a"), 1),
        ({"label": "a"}, 1),
        ([Suggestion("a", prompt="a"), {"label": "b"}], 2),
        ((), 0),
    ],
)
def test_one_several_or_no_suggestions_become_a_list(given: Any, count: int) -> None:
    assert len(serialize_suggestions(given)) == count


@pytest.mark.parametrize("given", [3, ["hello"], "hello"])
def test_what_is_no_suggestion_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"is not a suggestion\. Give a cpsl\.Suggestion\."):
        serialize_suggestions(given)
