from __future__ import annotations

from typing import Any

import pytest

from cpsl_dev.tui.summaries import error_line, is_error, milliseconds, pretty_json, summarize
from tests.screens import make_event

ERROR = {"type": "KeyError", "message": "'x'", "file": "app.py", "line": 3}
RELOAD: dict[str, Any] = {
    "files": ["app.py", "b.py"],
    "duration_ms": 18.2,
    "parts": {"notice": 6.1, "load": 4, "boot": 7, "swap": 1},
}


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("reload.started", {"files": [], "reason": "start"}, "start"),
        (
            "reload.succeeded",
            RELOAD,
            "app.py, b.py   18 ms   notice 6 · load 4 · boot 7 · swap 1",
        ),
        ("reload.failed", {"files": ["a.py"], "error": ERROR}, "a.py   app.py:3  KeyError: 'x'"),
        ("turn.finished", {"duration_ms": 5, "first_reply_ms": 2}, "5 ms   first text 2 ms"),
        ("turn.failed", {"duration_ms": 5, "error": ERROR}, "app.py:3  KeyError: 'x'   5 ms"),
        ("turn.interrupted", {"reason": "cancelled", "duration_ms": None}, "cancelled"),
        ("message.received", {"text": "a\nb", "source": "cli"}, "a ⏎ b   (cli)"),
        ("reply.chunk", {"reply": 0, "text": "word"}, "word"),
        ("notification.sent", {"text": "Thinking", "detail": "hard"}, "Thinking  hard"),
        (
            "data.changed",
            {"patch": [{"op": "add", "path": "/notes/1", "value": "x"}], "origin": "handler"},
            'notes/1 + "x"',
        ),
        (
            "data.changed",
            {"patch": [{"op": "remove", "path": "/a"}] * 5, "origin": "client"},
            "a -   a -   a -  … 2 more   (client)",
        ),
        ("output.written", {"stream": "stdout", "text": "hi\n"}, "stdout │ hi"),
        ("log.recorded", {"level": "INFO", "logger": "app", "text": "x"}, "INFO app │ x"),
        (
            "worker.exited",
            {"pid": 7, "exit_code": -11, "signal": 11},
            "pid 7  exit_code -11  signal 11",
        ),
        (
            "worker.exited",
            {"pid": 7, "exit_code": -9, "signal": 9, "by_server": True},
            "pid 7  ended by the dev server",
        ),
        (
            "worker.blocked",
            {
                "pid": 7,
                "turns": [["s1", 3], ["s2", 1]],
                "file": "app.py",
                "line": 3,
                "text": "while 1:",
                "seconds": 0.56,
            },
            "app.py:3  while 1:  560 ms  s1 #3  s2 #1  pid 7",
        ),
        ("worker.unblocked", {"pid": 7, "seconds": 3.8}, "3.8 s  pid 7"),
        ("worker.draining", {"pid": 7, "turns": 0}, "turns 0  pid 7"),
        (
            "worker.paused",
            {"pid": 7, "file": "app.py", "line": 3, "text": "breakpoint()"},
            "app.py:3  breakpoint()  pid 7",
        ),
        ("worker.resumed", {"pid": 7}, "pid 7"),
        (
            "session.created",
            {"user": {"id": "u"}, "channel": "chat", "origin": "http"},
            "u · chat · http",
        ),
        ("client.refused", {"status": 403, "path": "/x", "detail": "no"}, "403 /x  no"),
        ("block.shown", {"id": "b", "type": "card", "payload": {"a": 1}}, 'card b  {"a":1}'),
        ("server.started", {"version": "1.0", "nothing": None}, "version 1.0"),
    ],
)
def test_event_is_summed_up_in_one_line(kind: str, fields: dict[str, Any], expected: str) -> None:
    assert summarize(make_event(kind, **fields)) == expected


def test_long_text_is_cut() -> None:
    assert len(summarize(make_event("reply.sent", text="x" * 100_000))) < 500


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("turn.failed", {}, True),
        ("turn.finished", {}, False),
        ("log.recorded", {"level": "error"}, True),
        ("log.recorded", {"level": "INFO"}, False),
        ("output.written", {"stream": "stderr"}, True),
        ("output.written", {"stream": "stdout"}, False),
        ("worker.exited", {"exit_code": 0, "signal": None}, False),
        ("worker.exited", {"exit_code": -9, "signal": 9, "by_server": True}, False),
        ("worker.exited", {"exit_code": -9, "signal": 9, "by_server": False}, True),
        ("worker.exited", {"exit_code": -11, "signal": 11}, True),
        ("worker.exited", {"exit_code": 3, "signal": None}, True),
    ],
)
def test_what_must_not_be_overlooked_is_an_error(
    kind: str, fields: dict[str, Any], expected: bool
) -> None:
    assert is_error(make_event(kind, **fields)) is expected


def test_durations_are_for_people() -> None:
    shown = [milliseconds(value) for value in (None, 0.42, 4.4, 999, 2_100, 65_000)]

    assert shown == ["", "0.4 ms", "4 ms", "999 ms", "2.1 s", "65 s"]


def test_error_without_a_place_has_its_message() -> None:
    assert error_line({"type": "MemoryError", "message": ""}) == "MemoryError"


def test_json_is_shown_whole() -> None:
    assert pretty_json({"a": [1]}) == '{\n  "a": [\n    1\n  ]\n}'
