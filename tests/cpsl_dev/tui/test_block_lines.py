from __future__ import annotations

import base64
from typing import Any

import pytest

from cpsl_dev.tui.block_lines import block_lines
from cpsl_dev.tui.pictures import Pictures
from cpsl_dev.tui.spans import Line, plain, target_at, width_of
from tests.pictures import png

EVERY_KIND = [
    "activity",
    "approval_prompt",
    "browser_preview",
    "file_upload",
    "image",
    "integration_prompt",
    "notification",
    "onboarding_complete",
    "session_event",
    "session_title",
    "step_status",
    "suggestions",
    "table_preview",
    "task_card",
    "terminal",
    "ui_preview",
    "widget_update",
    "custom",
]


def shown(kind: str, payload: dict[str, Any], *, width: int = 60, over: bool = True) -> list[str]:
    lines = block_lines(kind, "b1", payload, width, is_over=over, pictures=Pictures())
    assert all(width_of(line) <= width for line in lines)
    return [plain(line).rstrip() for line in lines]


def test_step_shows_its_state_detail_fields_and_links() -> None:
    payload = {
        "label": "Search",
        "status": "done",
        "detail": "12 found",
        "fields": {"query": "coffee", "n": 12},
        "links": [{"label": "Result", "url": "https://example.org/1"}],
    }

    assert shown("step_status", payload) == [
        "✓ Search",
        "  12 found",
        "  query: coffee",
        "  n: 12",
        "  Result https://example.org/1",
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("running", "◌ Search  running"), ("failed", "✗ Search"), ("odd", "◌ Search  odd")],
)
def test_state_of_a_step_has_a_mark(status: str, expected: str) -> None:
    assert shown("step_status", {"label": "Search", "status": status}) == [expected]


def test_activity_task_title_and_event() -> None:
    assert shown("activity", {"label": "Reading", "detail": "mail", "icon": "mail"}) == [
        "▸ Reading  mail",
        "  mail",
    ]
    assert shown("task_card", {"task_id": "t1", "message": "Importing"}) == [
        "◷ task t1",
        "  Importing",
    ]
    assert shown("session_title", {"title": "Trip"}) == ["✎ title: Trip"]
    assert shown("session_event", {"event": "saved", "payload": {"n": 1}}) == ['⚡ saved  {"n":1}']
    assert shown("widget_update", {"reason": "data", "collection": "notes"}) == [
        "↻ notes changed (data)"
    ]


def test_table_has_its_columns_and_rows() -> None:
    table = {
        "columns": [{"key": "name", "label": "Name"}, {"key": "price", "type": "number"}],
        "rows": [{"name": "coffee", "price": 3}, {"name": "tea", "price": None}],
    }

    assert shown("table_preview", {"title": "Prices", "table": table}) == [
        "▤ Prices",
        "Name    price",
        "─────────────",
        "coffee  3",
        "tea",
    ]
    assert shown("table_preview", {"title": "T", "table": {"collection_ref": "notes"}}) == [
        "▤ T",
        "  of notes",
    ]
    plain_keys = {"columns": ["b", "a"], "rows": [{"a": 1, "b": "x"}]}
    assert shown("table_preview", {"title": "T", "table": plain_keys})[1:] == [
        "b  a",
        "────",
        "x  1",
    ]
    many = {"rows": [{"n": number} for number in range(500)]}
    assert shown("table_preview", {"title": "T", "table": many})[-1] == "… 450 more rows"
    assert shown("table_preview", {"close": True}) == ["▣ the table is closed"]


def test_suggestions_have_numbers_and_can_be_pressed() -> None:
    items = [{"label": "Yes", "value": "yes", "description": "go on"}, {"label": "No"}]
    payload = {"title": "And now?", "suggestions": items}

    lines = block_lines("suggestions", "", payload, 60, is_over=True, pictures=Pictures())

    assert [plain(line) for line in lines] == ["▣ And now?", "[alt+1: Yes]  go on", "[alt+2: No]"]
    assert [target_at(line, 3) for line in lines] == ["", "suggestion:1", "suggestion:2"]


def test_web_page_shows_where_it_is() -> None:
    assert shown("browser_preview", {"port": 3000, "path": "x", "title": "Shop"}) == [
        "▣ Shop",
        "  http://localhost:3000/x",
    ]
    assert shown("browser_preview", {"close": True}) == ["▣ the web page is closed"]


def picture_lines(url: str, pictures: Pictures) -> list[Line]:
    payload = {"url": url, "alt": "A cat"}
    return block_lines("image", "", payload, 60, is_over=True, pictures=pictures)


def test_picture_elsewhere_is_shown_by_its_address_and_can_be_fetched() -> None:
    pytest.importorskip("PIL")
    for url in ("https://example.org/a.png", "https://example.org/" + "a" * 3_000):
        lines = picture_lines(url, Pictures())

        assert plain(lines[0]).strip() == "▣ A cat"
        assert plain(lines[1]).strip()[:40] == url[:40]
        assert target_at(lines[1], 5) == f"url:{url[:2_000]}"
        assert plain(lines[2]).strip() == "[fetch and draw it]"
        assert target_at(lines[2], 5) == f"fetch:{url}"
        assert len(lines) == 3


def test_picture_that_could_not_be_drawn_is_only_an_address() -> None:
    assert len(picture_lines("https://example.org/a.png", Pictures(has_colours=False))) == 2
    assert len(picture_lines("ftp://example.org/a.png", Pictures())) == 2


def test_picture_that_was_fetched_is_drawn_below_its_address() -> None:
    pytest.importorskip("PIL")
    pictures = Pictures()
    pictures.keep("https://example.org/a.png", png(4, 4))

    lines = [plain(line).strip() for line in picture_lines("https://example.org/a.png", pictures)]

    assert lines[0].startswith("▣ A cat  4 by 4  ")
    assert lines[1:] == ["https://example.org/a.png", "▀▀▀▀", "▀▀▀▀"]


def test_picture_in_a_long_address_is_drawn() -> None:
    pytest.importorskip("PIL")
    url = "data:image/png;base64," + base64.b64encode(png(4, 4) + bytes(3_000)).decode()

    assert [plain(line) for line in picture_lines(url, Pictures())[1:]] == ["▀▀▀▀", "▀▀▀▀"]


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("approval_prompt", {"completed": True, "approved": True, "approve_label": "Go"}, "✓ Go"),
        ("approval_prompt", {"completed": True, "reject_label": "No"}, "✗ No"),
        ("approval_prompt", {"completed": True, "timed_out": True}, "- nobody answered in time"),
        ("file_upload", {"cancelled": True}, "- cancelled before it was answered"),
        (
            "file_upload",
            {"completed": True, "filename": "a.csv", "size": 1200},
            "✓ a.csv  1,200 bytes",
        ),
        ("integration_prompt", {"completed": True, "connected": True}, "✓ connected"),
        ("integration_prompt", {"completed": True, "connected": False}, "✗ declined"),
        ("file_upload", {}, "- no answer"),
    ],
)
def test_prompt_says_how_it_ended(kind: str, payload: dict[str, Any], expected: str) -> None:
    lines = shown(kind, {"message": "Sure?", "type": "x", "blocking": True, **payload})

    assert lines[-1].strip() == expected


def test_prompt_that_waits_says_so() -> None:
    payload = {"message": "Sure?", "blocking": True}

    assert shown("approval_prompt", payload, over=False) == [
        "? Sure?",
        "  waits for an answer  [^G: answer]",
    ]


def test_unknown_kind_is_json() -> None:
    assert shown("chart", {"kind": "bar", "values": [1]}) == [
        "▣ chart b1",
        "  {",
        '    "kind": "bar",',
        '    "values": [',
        "      1",
        "    ]",
        "  }",
    ]
    assert "more lines" in shown("chart", {"values": list(range(900))})[-1]


def test_panel_shows_what_it_is_made_of() -> None:
    assert shown("ui_preview", {"title": "Form", "kind": "component", "component": "F.tsx"}) == [
        "▣ Form  component",
        "  F.tsx",
    ]
    assert '    "type": "text"' in shown(
        "ui_preview", {"title": "T", "kind": "widget", "widget": {"type": "text"}}
    )


def deep(levels: int) -> Any:
    value: Any = "end"
    for _ in range(levels):
        value = {"k": [value]}
    return value


EVIL = "\x1b]52;c;x\x07\x9b2J\u202e[@click=app.quit]"


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize(
    "value",
    [EVIL, EVIL * 100_000, deep(90), deep(500), None, 1, [EVIL] * 5_000, {EVIL: EVIL}, True],
    ids=["evil", "huge", "deep", "deeper", "none", "number", "list", "object", "true"],
)
def test_hostile_blocks_are_literal_and_bounded(kind: str, value: Any) -> None:
    names = (
        "label status detail title message type reason url alt task_id table suggestions runs "
        "name fields links icon widget kind props payload event port path mode rows columns"
    )
    payloads: list[dict[str, Any]] = [
        dict.fromkeys(names.split(), value),
        {"table": {"rows": [{"a": value}, value], "columns": [value, {"key": value}]}},
        {"suggestions": [value, {"label": value, "description": value}]},
        {"runs": [value, {"command": value, "chunks": [value, {"text": value}]}]},
        {"fields": {"a": value}, "links": [value, {"label": value, "url": value}]},
        {EVIL: value},
    ]
    for payload in payloads:
        lines = shown(kind, payload, width=40)

        assert len(lines) < 200
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\n"} & set("".join(lines))
