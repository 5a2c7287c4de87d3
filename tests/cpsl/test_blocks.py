from __future__ import annotations

import re
from typing import Any

import pytest

from cpsl.blocks import (
    Block,
    activity_block,
    browser_block,
    check_mode,
    clean_links,
    image_block,
    random_id,
    step_block,
    suggestions_block,
    task_block,
)
from cpsl.suggestions import Suggestion


def test_block_gets_an_id_and_keeps_it() -> None:
    block = Block("note", {"text": "x"})

    envelope = block.to_envelope()

    assert re.fullmatch(r"blk_[0-9a-f]{12}", envelope["id"])
    assert envelope == {"id": block.id, "type": "note", "payload": {"text": "x"}}
    assert block.to_envelope() == envelope


def test_block_with_an_id_keeps_it() -> None:
    assert Block("note", {}, "n1").to_envelope()["id"] == "n1"


def test_random_ids_differ() -> None:
    assert len({random_id() for _ in range(100)}) == 100


def test_image_leaves_out_what_is_not_given() -> None:
    assert image_block("u", alt="", width=None) == Block("image", {"url": "u"})
    assert image_block("u", alt="a", width=5).payload == {"url": "u", "alt": "a", "width": 5}


class Handle:
    task_id = "t1"


@pytest.mark.parametrize(("task", "task_id"), [(Handle(), "t1"), ("t2", "t2"), (3, "3")])
def test_task_is_named_by_its_handle_or_id(task: Any, task_id: str) -> None:
    assert task_block(task, message=None) == Block("task_card", {"task_id": task_id})
    assert task_block(task, message="m").payload == {"task_id": task_id, "message": "m"}


def test_browser_shows_a_port_or_a_url() -> None:
    by_port = browser_block(port=80, url="", title="T", path="/p", mode="split")
    by_url = browser_block(port=0, url="http://x", title="", path="/", mode="preview")

    assert by_port.type == "browser_preview"
    assert by_port.payload == {"title": "T", "path": "/p", "mode": "split", "port": 80}
    assert by_url.payload == {"title": "", "path": "/", "mode": "preview", "url": "http://x"}


def test_browser_needs_a_port_or_a_url() -> None:
    with pytest.raises(ValueError, match="show_browser needs port= or url="):
        browser_block(port=0, url="", title="", path="/", mode="split")


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="show_x has no mode 'tab'; choose one of split, preview"):
        check_mode("show_x", "tab", ("split", "preview"))


def test_step_is_one_block_for_each_step_id() -> None:
    block = step_block(
        "Load",
        status="odd",
        detail="d",
        step_id="s1",
        links=[{"url": "u"}],
        fields={"a": 1},
        expanded=True,
    )

    assert block == Block(
        "step_status",
        {
            "label": "Load",
            "status": "odd",
            "detail": "d",
            "step_id": "s1",
            "expanded": True,
            "links": [{"label": "u", "url": "u"}],
            "fields": {"a": 1},
        },
        "step_s1",
    )


def test_activity_is_one_block_for_each_activity_id() -> None:
    block = activity_block(
        "Search",
        detail="",
        links=None,
        fields=None,
        icon="glass",
        activity_id="a1",
        expanded=False,
    )

    assert block == Block(
        "activity",
        {"label": "Search", "detail": "", "activity_id": "a1", "expanded": False, "icon": "glass"},
        "activity_a1",
    )


@pytest.mark.parametrize(
    ("link", "cleaned"),
    [
        ({"label": "L", "url": "u"}, [{"label": "L", "url": "u"}]),
        ({"title": "T", "href": "h"}, [{"label": "T", "url": "h"}]),
        ({"url": "u"}, [{"label": "u", "url": "u"}]),
        ({"label": "L"}, []),
        ({}, []),
    ],
)
def test_links_that_lead_nowhere_are_dropped(
    link: dict[str, Any], cleaned: list[dict[str, Any]]
) -> None:
    assert clean_links([link]) == cleaned


def test_suggestions_are_objects_or_dicts() -> None:
    block = suggestions_block(
        [
            Suggestion("Go", prompt="go on", icon="play", primary=True),
            {"label": "Act", "target": "action", "value": "act", "payload": {"n": 1}, "other": 2},
            {"label": "Say", "value": "hi"},
        ],
        title="Next",
    )

    assert block == Block(
        "suggestions",
        {
            "suggestions": [
                {
                    "label": "Go",
                    "target": "prompt",
                    "value": "go on",
                    "icon": "play",
                    "primary": True,
                },
                {"label": "Act", "target": "action", "value": "act", "payload": {"n": 1}},
                {"label": "Say", "target": "prompt", "value": "hi"},
            ],
            "title": "Next",
        },
    )


def test_one_suggestion_needs_no_list() -> None:
    block = suggestions_block(Suggestion("Go", prompt="go"), title="")

    assert block is not None
    assert list(block.payload) == ["suggestions"]


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_no_suggestions_are_no_block(nothing: Any) -> None:
    assert suggestions_block(nothing, title="x") is None


@pytest.mark.parametrize(
    ("item", "error", "text"),
    [
        ("go", TypeError, "'g' is not a suggestion"),
        ([3], TypeError, "3 is not a suggestion"),
        (Suggestion("P", page="home"), ValueError, "leads to a prompt or an action, not 'page'"),
        (Suggestion("W", workflow="w"), ValueError, "leads to a prompt or an action, not 'workfl"),
        ({"label": "", "value": "x"}, ValueError, "a suggestion needs a label and a value: {'lab"),
        ({"label": "x", "value": ""}, ValueError, "a suggestion needs a label and a value"),
        ({"label": "x", "value": "y", "payload": 3}, ValueError, "suggestion is a dict, not 3"),
    ],
)
def test_bad_suggestions_are_refused(item: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        suggestions_block(item, title="")
