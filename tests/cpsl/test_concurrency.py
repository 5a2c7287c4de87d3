"""Tests of how asyncio tasks are started."""

from __future__ import annotations

import asyncio
import gc

from cpsl.concurrency import spawn


async def test_a_task_that_nobody_keeps_runs_to_its_end() -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        done.set()

    spawn(work(), name="work")
    await asyncio.sleep(0)
    gc.collect()
    gate.set()

    async with asyncio.timeout(5):
        await done.wait()


async def test_the_task_is_returned_with_its_name_and_its_result() -> None:
    async def answer() -> int:
        return 42

    task = spawn(answer(), name="the answer")

    assert task.get_name() == "the answer"
    assert await task == 42
