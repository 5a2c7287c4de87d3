"""Tests of the event log on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cpsl.store import EventRow, SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "state.db")
    yield opened
    opened.close()


def row(
    seq: int, kind: str = "reply.sent", session_id: str | None = None, turn: int | None = None
) -> EventRow:
    return EventRow(seq, "2026-01-01T00:00:00.000Z", kind, 1, session_id, turn, "{}")


def append(store: SqliteStore, *rows: EventRow) -> None:
    with store.transaction():
        store.events.append(rows)


def seqs(rows: list[EventRow]) -> list[int]:
    return [item.seq for item in rows]


def test_an_empty_log_begins_at_one(store: SqliteStore) -> None:
    assert store.events.bounds() == (1, 0)


def test_events_come_back_as_they_were_written(store: SqliteStore) -> None:
    written = EventRow(1, "2026-01-01T00:00:00.000Z", "turn.started", 3, "s", 2, '{"a":1}')

    append(store, written)

    assert store.events.read(after=0, limit=10) == [written]
    assert store.events.bounds() == (1, 1)


def test_reading_goes_on_after_a_number_and_stops_at_the_limit(store: SqliteStore) -> None:
    append(store, *(row(seq) for seq in range(1, 11)))

    assert seqs(store.events.read(after=3, limit=4)) == [4, 5, 6, 7]
    assert seqs(store.events.read(after=10, limit=4)) == []


def test_the_newest_are_given_in_order_too(store: SqliteStore) -> None:
    append(store, *(row(seq) for seq in range(1, 11)))

    assert seqs(store.events.read(after=0, limit=3, newest=True)) == [8, 9, 10]
    assert seqs(store.events.read(after=9, limit=3, newest=True)) == [10]


def test_kinds_are_exact_or_end_in_a_star(store: SqliteStore) -> None:
    kinds = ["turn.started", "turn.finished", "turnip", "reply.sent", "turn"]
    append(store, *(row(seq, kind) for seq, kind in enumerate(kinds, 1)))

    def read(*wanted: str) -> list[int]:
        return seqs(store.events.read(after=0, limit=10, kinds=wanted))

    assert read("turn.*") == [1, 2]
    assert read("turn") == [5]
    assert read("turn*") == [1, 2, 3, 5]
    assert read("turn.started", "reply.*") == [1, 4]
    assert read("*") == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("kind", ["t?rn", "[t]urn", "*urn", "%", "turn' OR '1'='1"])
def test_nothing_else_is_a_pattern(store: SqliteStore, kind: str) -> None:
    append(store, row(1, "turn"))

    assert store.events.read(after=0, limit=10, kinds=[kind]) == []


def test_events_of_a_session_and_of_a_turn(store: SqliteStore) -> None:
    append(
        store,
        row(1, session_id="a", turn=1),
        row(2, session_id="b", turn=1),
        row(3, session_id="a", turn=2),
        row(4),
    )

    assert seqs(store.events.read(after=0, limit=10, session_id="a")) == [1, 3]
    assert seqs(store.events.of_turn("a", 2)) == [3]


def test_numbers_beyond_64_bits_find_nothing(store: SqliteStore) -> None:
    append(store, row(1))

    assert store.events.read(after=2**80, limit=10) == []
    assert seqs(store.events.read(after=-(2**80), limit=2**80)) == [1]


def test_pruning_keeps_the_newest_and_never_gives_a_number_twice(store: SqliteStore) -> None:
    append(store, *(row(seq) for seq in range(1, 11)))

    with store.transaction():
        first = store.events.prune(3)

    assert first == 8
    assert store.events.bounds() == (8, 10)
    assert seqs(store.events.read(after=0, limit=10)) == [8, 9, 10]
