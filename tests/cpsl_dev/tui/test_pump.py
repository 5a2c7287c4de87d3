from __future__ import annotations

import asyncio
import threading
import time

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


async def test_a_flood_is_shown_more_seldom_while_one_types() -> None:
    async def pause(*, typing: bool) -> float:
        shown: list[float] = []
        pump = EventPump(lambda _: shown.append(time.perf_counter()))
        pump.start()
        if typing:
            pump.note_key()
        for _ in range(3):
            count = len(shown)
            pump.feed.take([make_event("output.written") for _ in range(50)])
            await wait_until(lambda: len(shown) > count)  # noqa: B023
        pump.stop()
        return shown[2] - shown[1]

    assert await pause(typing=True) > 0.19
    assert await pause(typing=False) > 0.06
