from __future__ import annotations

import asyncio
import threading

from cpsl_dev.tui.feed import Batch
from cpsl_dev.tui.pump import EventPump
from tests.screens import make_event
from tests.servers import wait_until


async def test_events_of_another_thread_are_shown_on_the_own_loop() -> None:
    shown: list[tuple[int, Batch]] = []
    pump = EventPump(lambda batch: shown.append((threading.get_ident(), batch)))
    pump.start()

    await asyncio.to_thread(pump.feed.take, [make_event("turn.started")])
    await wait_until(lambda: shown)

    [(thread, batch)] = shown
    assert thread == threading.get_ident()
    assert [event.kind for event in batch.state] == ["turn.started"]


async def test_what_comes_within_a_frame_is_shown_at_once() -> None:
    batches: list[Batch] = []
    pump = EventPump(batches.append)
    pump.start()
    pump.feed.take([make_event("turn.started")])
    await wait_until(lambda: batches)

    for _ in range(5):
        pump.feed.take([make_event("turn.finished")])
        await asyncio.sleep(0)
    await wait_until(lambda: len(batches) > 1)

    assert [len(batch.log) for batch in batches] == [1, 5]


async def test_nothing_is_shown_once_it_is_stopped() -> None:
    batches: list[Batch] = []
    pump = EventPump(batches.append)
    pump.start()
    pump.feed.take([make_event("turn.started")])

    pump.stop()
    pump.feed.take([make_event("turn.finished")])
    for _ in range(3):
        await asyncio.sleep(0)

    assert batches == []
