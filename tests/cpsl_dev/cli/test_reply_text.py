from __future__ import annotations

from typing import Any

import pytest

from cpsl_dev.cli.reply_text import ReplyText


def event(kind: str, text: str = "", reply: int = 0) -> dict[str, Any]:
    return {"kind": f"reply.{kind}", "text": text, "reply": reply}


def shown(*events: dict[str, Any]) -> list[str]:
    written: list[str] = []
    replies = ReplyText(written.append)
    for item in events:
        replies.take(item)
    replies.close()
    return [text for text in written if text]


def test_whole_replies_are_lines() -> None:
    assert shown(event("sent", "one"), event("sent", "two\n")) == ["one\n", "two\n"]


def test_a_streamed_reply_is_written_as_it_comes() -> None:
    events = [
        event("started"),
        event("chunk", "he"),
        event("chunk", "llo"),
        event("finished", "hello"),
    ]

    assert shown(*events) == ["he", "llo", "\n"]


def test_replies_that_are_streamed_at_once_do_not_mix() -> None:
    events = [
        event("started", reply=0),
        event("started", reply=1),
        event("started", reply=2),
        event("chunk", "a", 0),
        event("chunk", "b", 1),
        event("chunk", "c", 2),
        event("sent", "whole"),
        event("finished", "c", 2),
        event("chunk", "a", 0),
        event("finished", "aa", 0),
        event("chunk", "b", 1),
        event("finished", "bb", 1),
    ]

    assert "".join(shown(*events)) == "aa\nwhole\nc\nbb\n"


@pytest.mark.parametrize("kind", ["turn.started", "notification.sent", "data.changed"])
def test_other_events_write_nothing(kind: str) -> None:
    assert shown({"kind": kind, "text": "x"}) == []


def test_what_was_begun_is_shown_when_the_turn_breaks_off() -> None:
    events = [event("started", reply=0), event("chunk", "ha", 0), event("started", reply=1)]

    assert "".join(shown(*events, event("chunk", "lf", 1))) == "ha\nlf\n"
