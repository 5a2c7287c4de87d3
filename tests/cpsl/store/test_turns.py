"""Tests of turns on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cpsl.records import (
    BlockRecord,
    ErrorRecord,
    MessageRecord,
    NotificationRecord,
    ReplyRecord,
    TurnRecord,
    UserRecord,
)
from cpsl.store import NewSession, SqliteStore, TurnChange

NOW = "2026-01-01T00:00:00.000Z"
MESSAGE = MessageRecord(text="hi", timestamp=NOW, attachments=[{"name": "a.txt"}])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "state.db")
    with opened.transaction():
        for session_id in ("a", "b"):
            opened.sessions.add(NewSession(id=session_id, user=UserRecord(id="u")), now=NOW)
        yield opened
    opened.close()


def started(store: SqliteStore, session_id: str = "a") -> TurnRecord:
    turn = store.turns.add(session_id, MESSAGE, now=NOW)
    found = store.turns.find(session_id, turn)
    assert found is not None
    record = replace(found, status="running", generation=7, started_at=NOW)
    store.turns.start(record, {"n": 1})
    return record


def test_turns_count_from_one_in_each_session(store: SqliteStore) -> None:
    numbers = [store.turns.add(session_id, MESSAGE, now=NOW) for session_id in ("a", "a", "b")]

    assert numbers == [1, 2, 1]


def test_a_turn_is_queued_then_running_then_done(store: SqliteStore) -> None:
    number = store.turns.add("a", MESSAGE, now=NOW)
    queued = store.turns.find("a", number)
    assert queued is not None
    assert (queued.status, queued.message, queued.generation) == ("queued", MESSAGE, None)

    running = replace(queued, status="running", generation=7, started_at=NOW)
    store.turns.start(running, {"n": 1})
    assert store.turns.find("a", number) == running
    assert store.turns.data_of("a", number) == ({"n": 1}, None)

    done = replace(
        running,
        status="done",
        replies=[ReplyRecord(text="hello", streamed=True)],
        notifications=[NotificationRecord(text="working", detail="hard")],
        blocks=[BlockRecord(id="b", type="card", payload={"x": 1}, after=1)],
        data_patch=[{"op": "replace", "path": "/n", "value": 2}],
        error=ErrorRecord(type="E", message="m", file="app.py", line=3, text="x", traceback="t"),
        reason="cancelled",
        duration_ms=12.5,
        first_reply_ms=1.5,
    )
    store.turns.finish(done, {"n": 2})
    assert store.turns.find("a", number) == done
    assert store.turns.data_of("a", number) == ({"n": 1}, {"n": 2})


def test_a_turn_that_is_not_there_is_none(store: SqliteStore) -> None:
    assert store.turns.find("a", 1) is None
    assert store.turns.find("a", 2**80) is None
    assert store.turns.data_of("a", 1) == (None, None)


def test_the_newest_turns_are_given_oldest_first(store: SqliteStore) -> None:
    for _ in range(5):
        store.turns.add("a", MESSAGE, now=NOW)

    assert [turn.turn for turn in store.turns.of_session("a", limit=3)] == [3, 4, 5]
    assert [turn.turn for turn in store.turns.of_session("a", before=4, limit=2)] == [2, 3]


def test_unfinished_are_those_that_wait_or_run(store: SqliteStore) -> None:
    running, finished = started(store), started(store)
    store.turns.finish(replace(finished, status="done"), None)
    waiting = store.turns.add("b", MESSAGE, now=NOW)

    unfinished = store.turns.unfinished()

    assert [(turn.session_id, turn.turn, turn.status) for turn in unfinished] == [
        ("a", running.turn, "running"),
        ("b", waiting, "queued"),
    ]


def test_fields_of_another_version_are_left_out(store: SqliteStore) -> None:
    record = started(store)
    store._connection.execute(
        "UPDATE turns SET message = ?, outcome = ? WHERE turn = ?",
        (
            '{"text":"hi","mood":"good"}',
            '{"replies":[{"text":"a","streamed":false,"colour":"red"}],"more":1}',
            record.turn,
        ),
    )

    found = store.turns.find("a", record.turn)

    assert found is not None
    assert found.message == MessageRecord(text="hi")
    assert found.replies == [ReplyRecord(text="a", streamed=False)]
    assert (found.blocks, found.error, found.duration_ms) == ([], None, None)


def test_a_change_sets_and_removes_top_level_keys() -> None:
    change = TurnChange(changed={"b": 3, "c": 4}, removed=["a"])

    assert change.apply_to({"a": 1, "b": 2, "z": 0}) == {"b": 3, "z": 0, "c": 4}


def test_a_change_keeps_the_order_of_keys() -> None:
    change = TurnChange(changed={"b": 3})

    assert list(change.apply_to({"a": 1, "b": 2, "c": 3})) == ["a", "b", "c"]


def test_an_empty_change_is_false() -> None:
    assert not TurnChange()
    assert TurnChange(removed=["a"])
    assert TurnChange(changed={"a": None})


def shown(store: SqliteStore, *block_ids: str, session_id: str = "a") -> int:
    """Run a turn that shows blocks."""
    record = started(store, session_id)
    blocks = [
        BlockRecord(id=name, type="note", payload={"turn": record.turn}) for name in block_ids
    ]
    store.turns.finish(replace(record, status="done", blocks=blocks), {})
    return record.turn


def test_blocks_are_read_with_their_turns_oldest_first(store: SqliteStore) -> None:
    shown(store, "old")
    shown(store, "x", "y")
    shown(store)
    shown(store, "x")
    shown(store, "other", session_id="b")

    found = store.turns.blocks("a", since=2, limit=50)

    assert [(turn, block.id) for turn, block in found] == [(2, "x"), (2, "y"), (4, "x")]
    assert found[2][1].payload == {"turn": 4}


def test_blocks_of_the_newest_turns_only_are_read(store: SqliteStore) -> None:
    for name in "abc":
        shown(store, name)

    found = store.turns.blocks("a", since=0, limit=2)

    assert [block.id for _, block in found] == ["b", "c"]


def test_a_block_is_known_in_its_session_only(store: SqliteStore) -> None:
    shown(store, "x")
    started(store)

    assert store.turns.has_block("a", "x")
    assert not store.turns.has_block("b", "x")
    assert not store.turns.has_block("a", "y")


def test_the_number_before_a_turn_skips_those_that_were_cut(store: SqliteStore) -> None:
    for _ in range(3):
        shown(store)
    store.copies.cut("a", 1)
    last = shown(store)

    assert last == 4
    assert store.turns.number_before("a", 4) == 1
    assert store.turns.number_before("a", 1) == 0
