from __future__ import annotations

from typing import Any

import pytest

from cpsl_dev.cli.event_text import describe_error, describe_event

ERROR = {
    "type": "ValueError",
    "message": "no\x1b[2J",
    "file": "app.py",
    "line": 3,
    "text": "raise ValueError",
    "traceback": "…",
}


def describe(kind: str, **fields: Any) -> str:
    """What is told of an event after its kind."""
    common = {
        "seq": 1,
        "time": "2026-11-22T12:00:00.500Z",
        "kind": kind,
        "generation": 7,
        "session_id": None,
        "turn": None,
    }
    line = describe_event({**common, **fields})
    assert "\n" not in line
    return line.partition(kind)[2].strip()


def test_a_line_begins_with_time_generation_and_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    line = describe_event(
        {
            "seq": 1,
            "time": "2026-11-22T12:00:00.500Z",
            "kind": "turn.started",
            "generation": 7,
            "session_id": "s1",
            "turn": 2,
        }
    )

    assert line[2:12] == ":00:00.500"
    assert line[12:].split() == ["7", "turn.started", "s1", "#2"]


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        (
            "reload.succeeded",
            {
                "files": ["app.py", "b.py"],
                "reason": "save",
                "duration_ms": 18.4,
                "parts": {"notice": 6.0, "load": 12.4},
                "notes": ["slow"],
            },
            "app.py, b.py  18 ms  notice 6 · load 12  slow",
        ),
        ("reload.started", {"files": [], "reason": "start"}, "start"),
        (
            "reload.failed",
            {"files": ["app.py"], "error": ERROR},
            "app.py  app.py:3  ValueError: no␛[2J",
        ),
        ("turn.finished", {"session_id": "s1", "turn": 1, "duration_ms": 4.2}, "s1 #1  4 ms"),
        (
            "turn.failed",
            {"session_id": "s1", "turn": 1, "duration_ms": 4.2, "error": ERROR},
            "s1 #1  4 ms  app.py:3  ValueError: no␛[2J",
        ),
        ("turn.interrupted", {"reason": "cancelled", "duration_ms": None}, "cancelled"),
        ("message.received", {"text": "a\nb", "source": "http"}, "http  a␊b"),
        ("reply.chunk", {"reply": 0, "text": "hi"}, "hi"),
        ("notification.sent", {"text": "Thinking", "detail": "…"}, "Thinking  …"),
        ("output.written", {"stream": "stderr", "text": "x\n"}, "stderr  x"),
        ("log.recorded", {"level": "INFO", "logger": "a", "text": "b"}, "INFO  a  b"),
        (
            "data.changed",
            {
                "patch": [
                    {"op": "add", "path": "/notes/1", "value": "x"},
                    {"op": "replace", "path": "/n", "value": 2},
                    {"op": "remove", "path": "/old"},
                    {"op": "move", "path": "/b", "from": "/a"},
                ],
                "origin": "handler",
                "revision": 3,
            },
            "notes/1 + x; n = 2; old removed; b move  (handler)",
        ),
        (
            "data.converted",
            {"path": "/a", "type": "set", "text": "[]"},
            "path=/a  type=set  text=[]",
        ),
        (
            "worker.exited",
            {"pid": 1, "exit_code": -9, "signal": 9},
            "pid=1  exit_code=-9  signal=9",
        ),
        ("server.stopping", {}, ""),
    ],
)
def test_each_kind_says_what_matters(kind: str, fields: dict[str, Any], text: str) -> None:
    assert describe(kind, **fields) == text


def test_a_long_text_is_cut() -> None:
    assert describe("reply.sent", text="x" * 1_000) == "x" * 240 + "…"


def test_a_time_that_is_none_is_shown_as_it_is() -> None:
    assert describe_event(
        {
            "seq": 1,
            "time": "?",
            "kind": "x.y",
            "generation": None,
            "session_id": None,
            "turn": None,
        }
    ).split() == ["?", "x.y"]


def test_an_error_shows_its_line_of_source() -> None:
    assert describe_error({**ERROR, "text": "a\n  ^"}) == (
        "app.py:3  ValueError: no\x1b[2J\n    a\n      ^"
    )
    assert describe_error({"type": "SystemExit", "message": "1", "file": None}) == "SystemExit: 1"
    assert describe_error({}) == "Error: "


def test_a_load_whose_worker_died_shows_the_times_that_are_known() -> None:
    parts = {"notice": 6.0, "load": None, "boot": None}

    assert describe("reload.failed", files=["app.py"], parts=parts) == "app.py  notice 6"


def test_an_error_without_a_line_shows_its_file() -> None:
    error = {**ERROR, "line": None, "text": None}

    assert describe_error(error) == "app.py  ValueError: no\x1b[2J"
