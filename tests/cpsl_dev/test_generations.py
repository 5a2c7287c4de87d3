"""Tests of the numbers of generations."""

from __future__ import annotations

import asyncio

from cpsl_dev.generations import Generations
from tests.servers import DEADLINE_SECONDS
from tests.timelines import Timeline


async def stored(timeline: Timeline) -> str:
    return await timeline.journal.read(lambda store: store.meta("generation", "none"))


async def test_a_number_that_was_claimed_is_used_up_only_by_its_use(timeline: Timeline) -> None:
    generations = Generations(timeline.journal)
    await generations.read()

    assert [generations.claim(), generations.claim()] == [1, 1]
    generations.use(1)
    assert generations.claim() == 2


async def test_a_later_run_goes_on_counting(timeline: Timeline) -> None:
    first = Generations(timeline.journal)
    first.use(7)
    await timeline.journal.write(first.keep)

    later = Generations(timeline.journal)
    await later.read()

    assert later.claim() == 8


async def test_a_number_in_use_is_kept_soon(timeline: Timeline) -> None:
    Generations(timeline.journal).use(3)

    (keeping,) = (task for task in asyncio.all_tasks() if task.get_name() == "keep generation")
    await asyncio.wait_for(keeping, DEADLINE_SECONDS)

    assert await stored(timeline) == "3"
