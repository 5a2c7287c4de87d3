from __future__ import annotations

import asyncio

from cpsl_dev.exceptions import StoreUnavailable
from cpsl_dev.tui.refreshing import Refresh


async def test_requests_during_a_run_lead_to_one_more() -> None:
    runs, gate, begun = 0, asyncio.Event(), asyncio.Event()
    finished = asyncio.Event()

    async def read() -> None:
        nonlocal runs
        runs += 1
        begun.set()
        await gate.wait()
        if runs == 2:
            finished.set()

    refresh = Refresh(read, least_seconds=0)
    refresh.request()
    await begun.wait()
    for _ in range(10):
        refresh.request()
    gate.set()
    await asyncio.wait_for(finished.wait(), 5)

    assert runs == 2
    refresh.stop()


async def test_error_of_the_server_does_not_end_it() -> None:
    answers: asyncio.Queue[int] = asyncio.Queue()

    async def read() -> None:
        answers.put_nowait(1)
        raise StoreUnavailable("The store is closed.")

    refresh = Refresh(read, least_seconds=0)
    for _ in range(2):
        refresh.request()
        await asyncio.wait_for(answers.get(), 5)

    refresh.stop()
