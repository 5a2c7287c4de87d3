"""Tests of letting workers wait while the store is behind."""

from __future__ import annotations

from typing import Any, cast

from cpsl_dev.crowding import Crowding
from cpsl_dev.journal import Journal
from cpsl_dev.supervisor import Supervisor
from tests.servers import wait_until


class Worker:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")


class Around:
    """A journal with so much before it, and a supervisor with one worker."""

    def __init__(self) -> None:
        self.waiting = 0
        self.worker = Worker()
        self.workers = [self.worker]
        around: Any = self
        self.crowding = Crowding(cast(Journal, around), cast(Supervisor, around))


async def test_workers_wait_until_the_store_has_caught_up() -> None:
    around = Around()
    around.waiting = 5_000
    around.crowding.look()
    around.crowding.look()
    while_behind = list(around.worker.told)

    around.waiting = 100

    await wait_until(lambda: "resume" in around.worker.told, what="the worker goes on")
    assert while_behind == ["pause"]
    assert around.worker.told == ["pause", "resume"]


async def test_nobody_waits_for_a_store_that_keeps_up() -> None:
    around = Around()
    around.waiting = 4_000

    around.crowding.look()

    assert around.worker.told == []


async def test_a_store_that_falls_behind_again_is_waited_for_again() -> None:
    around = Around()
    for _ in range(2):
        around.waiting = 5_000
        around.crowding.look()
        around.waiting = 0
        told = around.worker.told
        await wait_until(lambda told=told: told[-1] == "resume")  # type: ignore[misc]

    assert around.worker.told == ["pause", "resume"] * 2
