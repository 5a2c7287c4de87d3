"""Tests of the worker that waits, with real processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cpsl.records import JsonObject
from cpsl_dev import standby as module
from cpsl_dev.environment import shell_environment
from cpsl_dev.standby import Standby
from cpsl_dev.worker_process import WorkerProcess
from tests.servers import is_alive, wait_until


class Nursery:
    """Starts workers, and ends them all."""

    def __init__(self) -> None:
        self.workers: list[WorkerProcess] = []
        self.standby: Standby | None = None

    async def start(self) -> WorkerProcess:
        worker = WorkerProcess(self._take, self._take_exit)
        await worker.start(shell_environment())
        self.workers.append(worker)
        return worker

    async def end(self) -> None:
        for worker in self.workers:
            worker.kill()
        for worker in self.workers:
            await worker.exited.wait()

    def _take(self, worker: WorkerProcess, events: list[JsonObject]) -> None:
        for event in events:
            if event["kind"] == "worker.warm" or (
                event["kind"] == "worker.standby" and not worker.modules
            ):
                worker.ready.set()

    def _take_exit(self, worker: WorkerProcess) -> None:
        if self.standby is not None:
            self.standby.worker_exited(worker)


@asynccontextmanager
async def keeping(folder: Path, *, is_kept: bool = True) -> AsyncIterator[tuple[Standby, Nursery]]:
    nursery = Nursery()
    standby = nursery.standby = Standby(folder, nursery.start, is_kept=is_kept)
    try:
        yield (standby, nursery)
    finally:
        await standby.stop()
        await nursery.end()


def want(standby: Standby, *modules: str) -> None:
    standby.want(list(modules), {}, after_seconds=0.0, size_bytes=lambda: 0)


async def ready(standby: Standby) -> WorkerProcess:
    await wait_until(lambda: standby.worker is not None and standby.worker.ready.is_set())
    assert standby.worker is not None
    return standby.worker


async def test_a_standby_is_taken_once(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, _):
        want(standby, "colorsys")
        worker = await ready(standby)

        assert await standby.take() == (worker, None)
        assert await standby.take() == (None, "started cold: no standby was ready")


async def test_one_that_is_being_warmed_says_so(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, _):
        await standby.prepare()

        worker, note = await standby.take()

        assert worker is not None
        assert note == "the standby was still being warmed"


async def test_one_that_was_warmed_with_other_variables_is_replaced(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, _):
        want(standby, "colorsys")
        first = await ready(standby)

        standby.want(["colorsys"], {"MODE": "new"}, after_seconds=0.0, size_bytes=lambda: 0)

        await wait_until(lambda: standby.worker not in (None, first))
        await wait_until(first.exited.is_set)


async def test_one_that_is_put_back_is_taken_again(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, _):
        want(standby, "colorsys")
        worker = await ready(standby)
        await standby.take()

        standby.put_back(worker)

        assert await standby.take() == (worker, None)


async def test_of_one_that_is_put_back_and_one_that_comes_one_is_kept(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, nursery):
        await standby.prepare()
        worker, _ = await standby.take()
        assert worker is not None
        coming = asyncio.ensure_future(standby.prepare())
        await asyncio.sleep(0)

        standby.put_back(worker)
        await coming

        assert standby.worker is worker
        await wait_until(
            lambda: [item.exited.is_set() for item in nursery.workers] == [False, True]
        )


async def test_one_that_was_taken_before_all_are_renewed_is_not_put_back(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, _):
        await standby.prepare()
        worker, _ = await standby.take()
        assert worker is not None
        standby.renew("the installed packages have changed")

        standby.put_back(worker)

        await wait_until(worker.exited.is_set)
        assert await ready(standby) is not worker


async def test_one_that_holds_what_the_app_hides_is_not_taken(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, _):
        want(standby, "colorsys")
        worker = await ready(standby)
        (tmp_path / "colorsys.py").touch()

        taken, note = await standby.take()

        assert taken is None
        said = "a file of the app hides a module that the standby holds"
        assert note == f"started cold: {said}"
        await wait_until(lambda: not is_alive(worker.pid))


async def test_one_that_holds_no_longer_is_replaced(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, _):
        want(standby)
        first = await ready(standby)

        standby.renew("something has changed")

        await wait_until(lambda: standby.worker not in (None, first))
        await wait_until(lambda: not is_alive(first.pid))


async def test_one_that_was_discarded_while_it_started_is_ended(tmp_path: Path) -> None:
    async with keeping(tmp_path) as (standby, nursery):
        preparing = asyncio.ensure_future(standby.prepare())
        await asyncio.sleep(0)
        standby.discard("something has changed")
        await preparing

        alive = [worker for worker in nursery.workers if not worker.was_ended]
        assert alive == [standby.worker]


async def test_one_that_dies_is_started_again_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FIRST_RETRY_SECONDS", 0.01)
    async with keeping(tmp_path) as (standby, nursery):
        want(standby)
        for count in range(1, 6):
            await wait_until(
                lambda count=count: (
                    len(nursery.workers) == count  # type: ignore[misc]
                    and standby.worker is not None
                )
            )
            assert standby.worker is not None
            standby.worker.terminate()
            await standby.worker.exited.wait()

        assert standby.warning is not None
        assert standby.warning.startswith("The standby died 5 times while it waited")
        assert len(nursery.workers) == 5
        want(standby)
        assert standby.warning is None
        await ready(standby)


async def test_none_is_kept_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_short", lambda size: size == 7)
    async with keeping(tmp_path) as (standby, nursery):
        standby.want([], {}, after_seconds=0.0, size_bytes=lambda: 7)

        await wait_until(lambda: standby.warning is not None)
        assert standby.warning == "Memory is short: no standby is kept, so reloads take longer."
        assert nursery.workers == []


async def test_none_is_kept_where_none_is_wanted(tmp_path: Path) -> None:
    async with keeping(tmp_path, is_kept=False) as (standby, nursery):
        want(standby)
        standby.renew("something has changed")
        await asyncio.sleep(0.05)

        assert nursery.workers == []
        await standby.prepare()
        assert len(nursery.workers) == 1
