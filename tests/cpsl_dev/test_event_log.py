"""Tests of the timeline in memory, and of its readers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import pytest

from cpsl_dev.event_log import Event, EventLog


def make_event(seq: int, fields: dict[str, object] | None = None) -> Event:
    return Event(seq, "2026-01-01T00:00:00.000Z", "reply.sent", 1, "s", 2, fields or {})


def make_events(first: int, last: int) -> list[Event]:
    return [make_event(seq) for seq in range(first, last + 1)]


def fail(events: Sequence[Event]) -> None:
    raise ValueError(events)


def seqs(events: Sequence[Event]) -> list[int]:
    return [event.seq for event in events]


def test_an_event_for_clients_has_the_fields_of_its_kind_beside_the_common_ones() -> None:
    assert make_event(4, {"text": "hi"}).to_json() == {
        "seq": 4,
        "time": "2026-01-01T00:00:00.000Z",
        "kind": "reply.sent",
        "generation": 1,
        "session_id": "s",
        "turn": 2,
        "text": "hi",
    }


def test_a_field_of_a_kind_cannot_hide_a_common_one() -> None:
    assert make_event(4, {"seq": 99, "kind": "other"}).to_json()["seq"] == 4


def test_the_newest_are_kept_and_the_oldest_dropped() -> None:
    log = EventLog(size=3)

    log.publish(make_events(1, 5))

    assert seqs(log.recent()) == [3, 4, 5]
    assert seqs(log.recent(2)) == [4, 5]
    assert log.recent(0) == []
    assert log.last_seq == 5


def test_what_an_earlier_run_has_left_is_there_but_not_told() -> None:
    log = EventLog()
    told: list[Event] = []
    log.add_listener(told.extend)

    log.restore(make_events(8, 9), first_seq=5, last_seq=9)

    assert seqs(log.recent()) == [8, 9]
    assert (log.first_seq, log.last_seq) == (5, 9)
    assert told == []


def test_a_listener_is_called_with_each_batch_until_it_is_removed() -> None:
    log = EventLog()
    batches: list[list[int]] = []
    remove = log.add_listener(lambda events: batches.append(seqs(events)))

    log.publish(make_events(1, 2))
    log.publish([])
    log.publish(make_events(3, 3))
    remove()
    remove()
    log.publish(make_events(4, 4))

    assert batches == [[1, 2], [3]]


def test_a_listener_may_remove_itself_while_it_is_called() -> None:
    log = EventLog()
    calls: list[str] = []

    def once(events: Sequence[Event]) -> None:
        calls.append("once")
        remove()

    remove = log.add_listener(once)
    log.add_listener(lambda events: calls.append("always"))

    log.publish(make_events(1, 1))
    log.publish(make_events(2, 2))

    assert calls == ["once", "always", "always"]


def test_a_listener_that_fails_keeps_nobody_else_from_reading(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = EventLog()
    told: list[Event] = []
    log.add_listener(fail)
    log.add_listener(told.extend)

    with caplog.at_level(logging.ERROR):
        log.publish(make_events(1, 1))

    assert seqs(told) == [1]
    assert "A listener of the event log failed" in caplog.text


async def test_a_subscription_gives_what_is_published_after_it_was_made() -> None:
    log = EventLog()
    log.publish(make_events(1, 2))

    with log.subscribe() as live:
        log.publish(make_events(3, 4))
        log.publish(make_events(5, 5))
        first = await anext(live)
        log.publish(make_events(6, 6))
        second = await anext(live)

    assert (seqs(first), seqs(second)) == ([3, 4, 5], [6])


async def test_a_subscription_waits_for_the_next_event() -> None:
    log = EventLog()

    with log.subscribe() as live:
        waiting = asyncio.ensure_future(anext(live))
        await asyncio.sleep(0)
        assert not waiting.done()
        log.publish(make_events(1, 1))

        assert seqs(await waiting) == [1]


async def test_a_reader_that_falls_behind_is_cut_off_and_told_so() -> None:
    log = EventLog()

    with log.subscribe(size=3) as live:
        log.publish(make_events(1, 3))
        assert not live.overflowed
        log.publish(make_events(4, 4))

        assert live.overflowed
        with pytest.raises(StopAsyncIteration):
            await anext(live)


async def test_a_reader_that_is_cut_off_costs_nothing_more() -> None:
    log = EventLog()

    with log.subscribe(size=1) as slow, log.subscribe() as quick:
        log.publish(make_events(1, 2))
        log.publish(make_events(3, 3))

        assert slow.overflowed
        assert slow._waiting == []
        assert seqs(await anext(quick)) == [1, 2, 3]


async def test_closing_gives_what_waits_and_then_ends() -> None:
    log = EventLog()
    live = log.subscribe()
    log.publish(make_events(1, 1))
    live.close()
    log.publish(make_events(2, 2))

    batches = [seqs(batch) async for batch in live]

    assert batches == [[1]]


async def test_closing_wakes_a_reader_that_waits() -> None:
    log = EventLog()
    live = log.subscribe()
    waiting = asyncio.ensure_future(anext(live))
    await asyncio.sleep(0)

    live.close()

    with pytest.raises(StopAsyncIteration):
        await waiting
