"""Tests of the one thread that writes: numbers without gaps, and nothing told that is not kept."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from cpsl.store import SqliteStore
from cpsl_dev.exceptions import SessionNotFound, StoreUnavailable
from cpsl_dev.journal import Transaction
from tests.servers import wait_until
from tests.timelines import Timeline, add_session, session_ids


async def test_an_event_is_told_with_the_next_number(timeline: Timeline) -> None:
    timeline.journal.record("a", {"x": 1}, generation=2, session_id="s", turn=3)
    timeline.journal.record("b")
    await timeline.settle()

    first, second = timeline.told
    assert (first.seq, first.kind, first.generation) == (1, "a", 2)
    assert (first.session_id, first.turn, first.fields) == ("s", 3, {"x": 1})
    assert first.time == "2026-01-01T00:00:00.001Z"
    assert (second.seq, second.kind, second.fields) == (2, "b", {})
    assert timeline.log.last_seq == 2


async def test_an_event_is_on_the_disk_before_anyone_is_told(timeline: Timeline) -> None:
    found: list[int] = []

    def look(events: object) -> None:
        other = sqlite3.connect(timeline.path)
        found.append(other.execute("SELECT count(*) FROM events").fetchone()[0])
        other.close()

    timeline.log.add_listener(look)
    timeline.journal.record("a")
    await timeline.settle()

    assert found == [1]


async def test_a_write_returns_once_it_is_kept_and_told(timeline: Timeline) -> None:
    result = await timeline.journal.write(lambda tx: add_session(tx, "s"))

    assert result == "s"
    assert timeline.kinds() == ["session.created"]
    other = sqlite3.connect(timeline.path)
    assert other.execute("SELECT id FROM sessions").fetchall() == [("s",)]
    other.close()


async def test_only_what_changes_state_waits_for_the_disk(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    usual = SqliteStore.transaction

    def transaction(store: SqliteStore, *, durable: bool = True) -> Any:
        asked.append(durable)
        return usual(store, durable=durable)

    monkeypatch.setattr(SqliteStore, "transaction", transaction)
    timeline.journal.record("a")
    await wait_until(lambda: timeline.told)
    await timeline.journal.write(lambda tx: add_session(tx, "s"))

    assert asked == [False, True]


async def test_a_read_sees_everything_that_was_asked_for_before(timeline: Timeline) -> None:
    writing = asyncio.ensure_future(timeline.journal.write(lambda tx: add_session(tx, "a")))
    await asyncio.sleep(0)

    found = await timeline.journal.read(session_ids)

    assert found == ["a"]
    await writing


async def test_an_operation_that_fails_is_undone_alone(timeline: Timeline) -> None:
    def fail(tx: Transaction) -> None:
        add_session(tx, "undone")
        raise SessionNotFound("x")

    results = await asyncio.gather(
        timeline.journal.write(lambda tx: add_session(tx, "a")),
        timeline.journal.write(fail),
        timeline.journal.write(lambda tx: add_session(tx, "b")),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [str, SessionNotFound, str]
    assert await timeline.journal.read(session_ids) == ["a", "b"]
    assert [event.session_id for event in timeline.told] == ["a", "b"]
    assert timeline.seqs() == [1, 2]


async def test_an_operation_that_breaks_a_rule_of_the_store_fails_alone(
    timeline: Timeline,
) -> None:
    def twice(tx: Transaction) -> None:
        tx.store._connection.execute("INSERT INTO meta VALUES ('a', '1')")
        tx.store._connection.execute("INSERT INTO meta VALUES ('a', '2')")

    results = await asyncio.gather(
        timeline.journal.write(lambda tx: add_session(tx, "a")),
        timeline.journal.write(twice),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [str, sqlite3.IntegrityError]
    assert not timeline.journal.failing
    assert timeline.kinds() == ["session.created"]


async def test_a_read_that_fails_tells_whoever_asked(timeline: Timeline) -> None:
    def fail(store: SqliteStore) -> None:
        raise SessionNotFound("x")

    with pytest.raises(SessionNotFound):
        await timeline.journal.read(fail)
    assert await timeline.journal.read(session_ids) == []


async def test_a_read_that_the_store_refuses_says_where(timeline: Timeline) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        await timeline.journal.read(lambda store: store._connection.execute("SELECT absent"))

    assert str(refused.value) == (
        f"The store {timeline.path} cannot be read: no such column: absent."
    )


async def test_loose_events_are_written_in_groups_and_in_order(timeline: Timeline) -> None:
    for number in range(2_000):
        timeline.journal.record("a", {"n": number})
    await timeline.settle()

    assert [event.fields["n"] for event in timeline.told] == list(range(2_000))
    assert timeline.seqs() == list(range(1, 2_001))
    assert len(timeline.batches) < 20
    assert max(timeline.batches) < 1_024


async def test_events_of_threads_get_numbers_of_their_own(timeline: Timeline) -> None:
    def tell() -> None:
        for _ in range(200):
            timeline.journal.record("a")

    threads = [threading.Thread(target=tell) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    await timeline.settle()

    assert timeline.seqs() == list(range(1, 1_001))


@pytest.mark.parametrize(("value", "kept"), [("\ud800", "\ufffd"), (2**70, str(2**70)), ({1}, [1])])
async def test_an_event_that_is_not_json_is_kept_as_well_as_can_be(
    timeline: Timeline, value: Any, kept: Any
) -> None:
    timeline.journal.record("client.refused", {"path": value})
    timeline.journal.record("next")
    await timeline.settle()

    assert timeline.kinds() == ["client.refused", "next"]
    rows = await timeline.journal.read(lambda store: store.events.read(after=0, limit=1))
    assert orjson.loads(rows[0].fields) == timeline.told[0].fields == {"path": kept}


async def test_an_event_that_cannot_be_kept_at_all_stops_nothing(
    timeline: Timeline, caplog: pytest.LogCaptureFixture
) -> None:
    timeline.journal.record("lost", session_id="\ud800")
    with pytest.raises(UnicodeEncodeError):
        await timeline.settle()

    timeline.journal.record("next")
    await timeline.settle()

    assert (timeline.kinds(), timeline.seqs()) == (["next"], [1])
    assert "Events and writes were dropped" in caplog.text


async def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    first = Timeline(tmp_path)
    await first.journal.open()
    first.journal.record("a")
    first.journal.record("b")
    await first.journal.close()

    second = Timeline(tmp_path)
    await second.journal.open()
    second.journal.record("c")
    await second.journal.close()

    assert [event.kind for event in second.log.recent()] == ["a", "b", "c"]
    assert [event.seq for event in second.log.recent()] == [1, 2, 3]
    assert second.kinds() == ["c"]


async def test_closing_keeps_what_was_recorded_just_before(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path)
    await timeline.journal.open()
    for _ in range(500):
        timeline.journal.record("a")

    await timeline.journal.close()

    store = SqliteStore(timeline.path)
    assert store.events.bounds() == (1, 500)
    store.close()


async def test_nothing_is_taken_once_it_closes(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path)
    await timeline.journal.open()
    closing = asyncio.ensure_future(timeline.journal.close())
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        with pytest.raises(StoreUnavailable, match="The store is closed"):
            await timeline.journal.write(lambda tx: None)
    await closing
    with pytest.raises(StoreUnavailable, match="The store is closed"):
        await timeline.journal.read(session_ids)
    await timeline.journal.close()


async def test_whoever_waits_no_longer_is_passed_over(timeline: Timeline) -> None:
    gate = threading.Event()
    blocked = asyncio.ensure_future(timeline.journal.read(lambda store: gate.wait(5)))
    waiting = asyncio.ensure_future(timeline.journal.write(lambda tx: add_session(tx, "s")))
    await asyncio.sleep(0)

    waiting.cancel()
    gate.set()

    await blocked
    assert await timeline.journal.read(session_ids) == ["s"]
