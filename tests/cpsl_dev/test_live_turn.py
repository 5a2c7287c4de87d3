"""Tests of a turn while it runs."""

from __future__ import annotations

from typing import Any

import pytest

from cpsl.records import (
    BlockRecord,
    ErrorRecord,
    JsonObject,
    MessageRecord,
    NotificationRecord,
    ReplyRecord,
    TurnRecord,
)
from cpsl.store import TurnChange
from cpsl_dev.event_log import Event
from cpsl_dev.live_turn import LiveTurn, as_fields, rebuild, user_entry

RECORD = TurnRecord(
    session_id="s",
    turn=2,
    generation=3,
    status="running",
    message=MessageRecord(
        text="hi", channel_type="slack", timestamp="t", attachments=[{"name": "a"}]
    ),
    started_at="then",
)


def make(data: JsonObject | None = None) -> LiveTurn:
    return LiveTurn(RECORD, data or {})


def change(live: LiveTurn, *removed: str, **changed: Any) -> list[JsonObject]:
    return live.change_data({"changed": changed, "removed": list(removed), "commit": False})


def stream(live: LiveTurn, reply: int, *chunks: str) -> None:
    live.take({"kind": "reply.started", "reply": reply})
    for chunk in chunks:
        live.take({"kind": "reply.chunk", "reply": reply, "text": chunk})


def test_a_turn_that_runs_shows_what_was_told_so_far() -> None:
    live = make()

    live.take({"kind": "reply.sent", "text": "one"})
    stream(live, 1, "two ", "three")
    live.take({"kind": "notification.sent", "text": "busy", "detail": "very"})
    live.take({"kind": "block.shown", "id": "b", "type": "card", "payload": {"x": 1}})
    live.take({"kind": "output.written", "stream": "stdout", "text": "ignored"})

    record = live.record()
    assert record.status == "running"
    assert record.replies == [
        ReplyRecord(text="one", streamed=False),
        ReplyRecord(text="two three", streamed=True),
    ]
    assert record.notifications == [NotificationRecord(text="busy", detail="very")]
    assert record.blocks == [BlockRecord(id="b", type="card", payload={"x": 1}, after=2)]
    assert (record.started_at, record.generation, record.duration_ms) == ("then", 3, None)


def show(live: LiveTurn, block_id: str, number: int) -> None:
    live.take({"kind": "block.shown", "id": block_id, "type": "card", "payload": {"x": number}})


def test_a_block_stays_where_it_was_shown_first() -> None:
    live = make()

    show(live, "a", 1)
    live.take({"kind": "reply.sent", "text": "one"})
    show(live, "b", 1)
    live.take({"kind": "reply.sent", "text": "two"})
    show(live, "a", 2)
    show(live, "c", 1)

    blocks = [(block.id, block.payload["x"], block.after) for block in live.record().blocks]
    assert blocks == [("a", 2, 0), ("b", 1, 1), ("c", 1, 2)]


def test_a_stream_without_text_moves_no_block() -> None:
    live = make()

    live.take({"kind": "reply.started", "reply": 0})
    show(live, "a", 1)
    live.take({"kind": "reply.sent", "text": "one"})
    show(live, "b", 1)

    record = live.record()
    assert [reply.text for reply in record.replies] == ["one"]
    assert [block.after for block in record.blocks] == [0, 1]


def test_streams_that_overlap_stay_apart() -> None:
    live = make()

    stream(live, 0, "a")
    stream(live, 1, "b")
    live.take({"kind": "reply.chunk", "reply": 0, "text": "A"})

    assert [reply.text for reply in live.record().replies] == ["aA", "b"]


def test_an_empty_reply_counts_and_a_stream_without_text_does_not() -> None:
    live = make()

    live.take({"kind": "reply.sent", "text": ""})
    stream(live, 1)

    assert live.record().replies == [ReplyRecord(text="", streamed=False)]


def test_a_block_that_is_shown_again_is_replaced_in_place() -> None:
    live = make()

    for identifier, number in (("a", 1), ("b", 2), ("a", 3)):
        payload = {"n": number}
        live.take({"kind": "block.shown", "id": identifier, "type": "card", "payload": payload})

    shown = [(block.id, block.payload["n"]) for block in live.record().blocks]
    assert shown == [("a", 3), ("b", 2)]


def test_notifications_are_bounded() -> None:
    live = make()

    for number in range(1_500):
        live.take({"kind": "notification.sent", "text": str(number), "detail": ""})

    assert len(live.record().notifications) == 1_000


def test_a_turn_that_ended_has_its_times_and_its_error() -> None:
    live = make()
    live.take({"kind": "reply.sent", "text": "one"})

    record = live.record("failed", error={"type": "E", "message": "m", "line": 3})

    assert (record.status, record.error) == ("failed", ErrorRecord(type="E", message="m", line=3))
    assert record.duration_ms is not None
    assert record.first_reply_ms is not None
    assert record.first_reply_ms <= record.duration_ms


def test_a_turn_without_a_reply_has_no_time_of_a_first_one() -> None:
    assert make().record("done").first_reply_ms is None


def test_what_the_app_said_becomes_history() -> None:
    live = make()
    live.take({"kind": "reply.sent", "text": "one"})
    stream(live, 1, "two")
    stream(live, 2)

    entries = live.entries()

    assert [(entry.sender, entry.text, entry.turn) for entry in entries] == [
        ("app", "one", 2),
        ("app", "two", 2),
    ]
    assert {entry.channel_type for entry in entries} == {"slack"}
    assert all(entry.timestamp.endswith("Z") for entry in entries)


def test_what_the_user_said_becomes_history_too() -> None:
    entry = user_entry(RECORD)

    assert (entry.sender, entry.text, entry.turn, entry.timestamp) == ("user", "hi", 2, "t")
    assert entry.attachments == [{"name": "a"}]


def test_data_is_followed_while_it_changes() -> None:
    live = make({"a": 1, "b": {"c": 1}})

    first = change(live, b={"c": 2})
    second = change(live, "a", d=4)

    assert first == [{"op": "replace", "path": "/b/c", "value": 2}]
    assert second == [
        {"op": "remove", "path": "/a"},
        {"op": "add", "path": "/d", "value": 4},
    ]
    assert live.data == {"b": {"c": 2}, "d": 4}
    assert live.change == TurnChange(changed={"b": {"c": 2}, "d": 4}, removed=["a"])
    assert live.record("done").data_patch == [
        {"op": "remove", "path": "/a"},
        {"op": "replace", "path": "/b/c", "value": 2},
        {"op": "add", "path": "/d", "value": 4},
    ]


def test_only_the_last_state_of_a_key_is_stored() -> None:
    live = make({"a": 1})

    change(live, a=2, b=1)
    change(live, "b", a=3)
    change(live, "a")
    change(live, a=4)

    assert live.change.changed == {"a": 4}
    assert live.change.apply_to({"a": 1, "z": 0}) == {"a": 4, "z": 0}


def test_data_that_was_not_stored_can_be_taken_back() -> None:
    live = make({"a": 1, "gone": 2, "kept": 3})
    change(live, "gone", a=5, new=6)

    patch = live.take_back()

    assert live.data == {"a": 1, "gone": 2, "kept": 3}
    assert patch == [
        {"op": "remove", "path": "/new"},
        {"op": "replace", "path": "/a", "value": 1},
        {"op": "add", "path": "/gone", "value": 2},
    ]
    assert not live.change
    assert live.record("interrupted").data_patch == []


def test_data_that_was_stored_half_way_is_not_taken_back() -> None:
    live = make({"a": 1})
    change(live, a=2, b=2)

    stored = live.take_change()
    change(live, a=3, c=3)
    patch = live.take_back()

    assert stored.changed == {"a": 2, "b": 2}
    assert live.data == {"a": 2, "b": 2}
    assert {step["path"] for step in patch} == {"/a", "/c"}


def test_a_crash_leaves_a_turn_that_can_be_rebuilt_from_its_events() -> None:
    told: list[tuple[str, JsonObject]] = [
        ("message.received", {"text": "hi", "attachments": [], "source": "http"}),
        ("turn.started", {}),
        ("reply.started", {"reply": 0}),
        ("reply.chunk", {"reply": 0, "text": "half an "}),
        ("data.changed", {"patch": [], "origin": "handler"}),
        ("reply.chunk", {"reply": 0, "text": "ans"}),
    ]
    events = [Event(seq, "", kind, 3, "s", 2, fields) for seq, (kind, fields) in enumerate(told)]

    live = rebuild(RECORD, events)

    assert live.record("interrupted").replies == [ReplyRecord(text="half an ans", streamed=True)]


def test_a_turn_is_rebuilt_from_its_last_start_on() -> None:
    """An earlier session of the same id, or a worker that died at once, had the same number."""
    told: list[tuple[str, JsonObject]] = [
        ("turn.started", {}),
        ("reply.sent", {"text": "of long ago"}),
        ("turn.started", {}),
        ("reply.sent", {"text": "now"}),
    ]
    events = [Event(seq, "", kind, 3, "s", 2, fields) for seq, (kind, fields) in enumerate(told)]

    replies = rebuild(RECORD, events).record("interrupted").replies

    assert [reply.text for reply in replies] == ["now"]


def test_a_stream_whose_start_is_forgotten_is_rebuilt_from_what_is_left() -> None:
    events = [Event(9, "", "reply.chunk", 3, "s", 2, {"reply": 4, "text": "rest"})]

    replies = rebuild(RECORD, events).record("interrupted").replies

    assert [reply.text for reply in replies] == ["rest"]


@pytest.mark.parametrize("name", ["kind", "session_id", "turn"])
def test_the_fields_of_a_kind_are_without_the_common_ones(name: str) -> None:
    event = {"kind": "reply.sent", "session_id": "s", "turn": 1, "text": "a"}

    assert name not in as_fields(event)
    assert as_fields(event) == {"text": "a"}
