"""Tests of how workers of older generations end; what becomes of them is in test_supervisor."""

from __future__ import annotations

import pytest

from cpsl_dev.draining import Draining, exits, how_it_ended
from cpsl_dev.recorder import Draft, Recorder
from cpsl_dev.worker_process import WorkerProcess


def make_worker(exit_code: int | None = None, *, was_ended: bool = False) -> WorkerProcess:
    worker = WorkerProcess(lambda worker, events: None, lambda worker: None)
    worker.exit_code = exit_code
    worker.was_ended = was_ended
    if exit_code is not None:
        worker.exited.set()
    return worker


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "the worker exited 0 during a turn"),
        (3, "the worker exited 3 during a turn"),
        (-11, "the worker was ended by signal 11 (SIGSEGV) during a turn"),
        (-99, "the worker was ended by signal 99 (unknown) during a turn"),
    ],
)
async def test_the_end_of_a_worker_is_said_in_words(code: int, said: str) -> None:
    assert how_it_ended(make_worker(code), "a turn") == said


async def test_a_kill_that_was_not_ours_is_explained() -> None:
    theirs = how_it_ended(make_worker(-9), "import")
    ours = how_it_ended(make_worker(-9, was_ended=True), "import")

    assert ours == "the worker was ended by signal 9 (SIGKILL) during import"
    assert theirs.startswith(ours)
    assert "memory" in theirs


async def test_waiting_for_an_end_has_a_limit() -> None:
    assert await exits(make_worker(0), 5.0)
    assert not await exits(make_worker(), 0.01)


async def test_a_worker_that_is_gone_does_not_drain() -> None:
    told: list[Draft] = []
    draining = Draining(Recorder(told.append, lambda: ""), 10.0)
    worker = make_worker(0)

    draining.add(worker)
    draining.turn_ended(worker)
    draining.remove(worker)

    assert worker.state == "standby"
    assert told == []
