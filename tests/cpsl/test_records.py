"""Tests of what is stored and shown of sessions and turns."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import orjson
import pytest

from cpsl.records import MessageRecord, ReplyRecord, TurnRecord, TurnStatus

TURN = TurnRecord(
    session_id="s", turn=3, generation=7, status="done", message=MessageRecord(text="hi")
)


@pytest.mark.parametrize(
    ("status", "is_over"),
    [
        ("queued", False),
        ("running", False),
        ("done", True),
        ("failed", True),
        ("interrupted", True),
    ],
)
def test_a_turn_is_over_once_nothing_more_happens(status: TurnStatus, is_over: bool) -> None:
    assert replace(TURN, status=status).is_over is is_over


def test_a_turn_on_the_wire_has_the_fields_that_clients_know() -> None:
    turn = replace(TURN, replies=[ReplyRecord(text="hello", streamed=False)])

    sent = orjson.loads(orjson.dumps(turn))

    assert list(sent) == [
        "session_id",
        "turn",
        "generation",
        "status",
        "message",
        "replies",
        "notifications",
        "blocks",
        "data_patch",
        "error",
        "reason",
        "started_at",
        "duration_ms",
        "first_reply_ms",
    ]
    assert sent["replies"] == [{"text": "hello", "streamed": False}]


def test_records_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        TURN.status = "failed"  # type: ignore[misc]


def test_records_do_not_share_their_lists() -> None:
    assert MessageRecord(text="a").attachments is not MessageRecord(text="b").attachments
