"""Tests of waiting for the end of a load."""

from __future__ import annotations

import asyncio

import pytest

from cpsl.records import JsonObject
from cpsl_dev.outcomes import Outcomes


async def wait_for_next(outcomes: Outcomes) -> asyncio.Future[JsonObject]:
    """Begin to wait."""
    waiting = asyncio.ensure_future(outcomes.next())
    await asyncio.sleep(0)
    return waiting


async def test_everyone_who_waits_gets_the_next_outcome() -> None:
    outcomes = Outcomes()
    waiting = [await wait_for_next(outcomes) for _ in range(2)]

    outcomes.tell({"outcome": "succeeded"})
    outcomes.tell({"outcome": "failed"})

    assert await asyncio.gather(*waiting) == [{"outcome": "succeeded"}] * 2


async def test_who_waits_with_a_limit_goes_on_after_it() -> None:
    outcomes = Outcomes()

    async with asyncio.timeout(5.0):
        await outcomes.wait(0.01)


async def test_who_gave_up_waiting_is_forgotten() -> None:
    outcomes = Outcomes()
    waiting = await wait_for_next(outcomes)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    outcomes.tell({"outcome": "succeeded"})


async def test_at_the_end_nobody_waits_any_longer() -> None:
    outcomes = Outcomes()
    waiting = await wait_for_next(outcomes)

    outcomes.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
