"""Tests of the workers: one serves, one waits, those of older generations finish their turns."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from cpsl.records import JsonObject, MessageRecord, UserRecord
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl_dev.load_attempt import LoadOutcome
from cpsl_dev.protocol import RunTurn
from cpsl_dev.recorder import Recorder
from cpsl_dev.supervisor import Supervisor
from cpsl_dev.worker_process import WorkerProcess
from tests.servers import is_alive, make_config, wait_until, write_app
from tests.toolbox import TOOLBOX


class Workers:
    """A supervisor on the toolbox, and what it told."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.told: list[tuple[str, JsonObject]] = []
        self.events: list[JsonObject] = []
        self.gone: list[WorkerProcess] = []
        self.supervisor = Supervisor(
            make_config(folder, **settings),
            Recorder(lambda draft: self.told.append((draft.kind, draft.fields)), lambda: ""),
            on_events=lambda worker, events: self.events.extend(events),
            on_exit=self.gone.append,
            on_accepting=lambda: None,
        )
        self._generation = 0

    async def load(self) -> LoadOutcome:
        self._generation += 1
        return await self.supervisor.load(self._generation)

    async def serve(self) -> WorkerProcess:
        """Load the code and let it serve."""
        outcome = await self.load()
        assert outcome.succeeded
        self.supervisor.promote(outcome)
        return outcome.worker

    async def run(self, text: str, *, turn: int = 1) -> WorkerProcess:
        """Run a turn on what serves; return once its handler has said something."""
        worker = self.supervisor.serving
        assert worker is not None
        session = SessionState(id="s", user=UserRecord(id="u"))
        message = MessageRecord(text=text)
        worker.turns.add(("s", turn))
        worker.send(RunTurn(request=TurnRequest(session=session, turn=turn, message=message)))
        await self.wait_for_event(lambda event: event.get("turn") == turn)
        return worker

    async def wait_for_event(self, where: Callable[[JsonObject], bool]) -> None:
        await wait_until(lambda: any(where(event) for event in self.events))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told]

    def states(self) -> list[str]:
        return sorted(worker.state for worker in self.supervisor.workers)


@pytest.fixture
async def workers(tmp_path: Path) -> AsyncIterator[Workers]:
    made = Workers(write_app(tmp_path, TOOLBOX))
    yield made
    await made.supervisor.stop(2.0)
    assert made.supervisor.workers == []


async def test_a_generation_serves_once_it_is_promoted(workers: Workers) -> None:
    outcome = await workers.load()
    assert outcome.succeeded
    assert workers.supervisor.serving is None

    workers.supervisor.promote(outcome)

    assert workers.supervisor.serving is outcome.worker
    assert (outcome.worker.state, outcome.worker.generation) == ("serving", 1)
    assert workers.kinds() == ["worker.started", "worker.ready"]
    assert outcome.facts["app"]["name"] == "toolbox"


async def test_a_standby_waits_with_the_modules_of_the_last_generation(workers: Workers) -> None:
    await workers.serve()

    await wait_until(lambda: workers.states() == ["serving", "standby"])
    (standby,) = [item for item in workers.supervisor.workers if item.state == "standby"]
    await wait_until(lambda: standby.ready.is_set())
    assert "cpsl" in standby.modules

    outcome = await workers.load()
    assert outcome.worker is standby
    assert outcome.notes == []
    workers.supervisor.promote(outcome)


async def test_a_load_that_is_given_up_before_it_began_leaves_its_worker_to_the_next(
    workers: Workers,
) -> None:
    first = await workers.serve()
    await wait_until(lambda: workers.states() == ["serving", "standby"])
    loading = asyncio.ensure_future(workers.load())
    # The standby has just been started: it is not warm yet.
    await wait_until(lambda: workers.supervisor.loading is not None)
    given_up = workers.supervisor.loading
    loading.cancel()
    await asyncio.wait({loading})
    assert not workers.supervisor.has_begun

    outcome = await workers.load()

    assert outcome.succeeded
    assert outcome.worker is given_up
    assert workers.kinds().count("worker.started") == 2
    assert outcome.worker is not first
    workers.supervisor.promote(outcome)


async def test_without_a_standby_none_waits(tmp_path: Path) -> None:
    workers = Workers(write_app(tmp_path, TOOLBOX), standby=False)
    await workers.serve()
    second = await workers.load()
    try:
        assert len(second.notes) == 1
        assert second.notes[0].startswith("started cold")
        assert len(workers.states()) == 2
    finally:
        await workers.supervisor.stop(2.0)


async def test_a_generation_that_fails_leaves_the_one_that_serves(
    workers: Workers, tmp_path: Path
) -> None:
    first = await workers.serve()
    write_app(tmp_path, "1 / 0\n")

    outcome = await workers.load()

    assert not outcome.succeeded
    assert outcome.facts["error"]["type"] == "ZeroDivisionError"
    assert workers.supervisor.serving is first
    await wait_until(lambda: outcome.worker in workers.gone)
    assert first not in workers.gone


async def test_after_a_load_that_failed_a_standby_waits_again(
    workers: Workers, tmp_path: Path
) -> None:
    await workers.serve()
    await wait_until(lambda: workers.states() == ["serving", "standby"])
    write_app(tmp_path, "1 / 0\n")

    await workers.load()

    await wait_until(lambda: workers.states() == ["serving", "standby"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\nos._exit(4)\n", "the worker exited 4 during import"),
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGABRT)\n",
            "the worker was ended by signal 6 (SIGABRT) during import",
        ),
    ],
)
async def test_a_load_that_kills_its_worker_is_described(
    workers: Workers, tmp_path: Path, text: str, said: str
) -> None:
    write_app(tmp_path, text)

    outcome = await workers.load()

    assert (outcome.facts["kind"], outcome.facts["phase"]) == ("load.failed", "import")
    assert outcome.facts["error"]["type"] == "WorkerExited"
    assert outcome.facts["error"]["message"] == said


@pytest.mark.parametrize("phase", ["import", "boot"])
async def test_a_load_that_takes_too_long_is_given_up(
    workers: Workers, tmp_path: Path, phase: str
) -> None:
    write_app(tmp_path, "while True: pass\n" if phase == "import" else SLOW_BOOT)
    await workers.supervisor.prepare()
    await wait_until(lambda: all(worker.ready.is_set() for worker in workers.supervisor.workers))
    workers.supervisor.load_timeout_seconds = 0.6

    outcome = await workers.load()

    assert outcome.facts["phase"] == phase
    assert outcome.facts["error"]["type"] == "TimeoutError"
    assert outcome.facts["error"]["message"] == f"{phase} did not finish within 0.6 s"
    await wait_until(lambda: outcome.worker in workers.gone)


SLOW_BOOT = """
    import time

    import cpsl

    app = cpsl.App(name="slow", image=cpsl.Image())


    @app.boot()
    def boot():
        time.sleep(1000)
"""


async def test_giving_up_a_load_ends_its_worker(tmp_path: Path) -> None:
    workers = Workers(write_app(tmp_path, "import time\ntime.sleep(1000)\n"))
    loading = asyncio.ensure_future(workers.load())
    await wait_until(lambda: workers.supervisor.loading is not None)
    worker = workers.supervisor.loading
    assert worker is not None

    loading.cancel()
    await asyncio.wait({loading})

    await wait_until(lambda: not is_alive(worker.pid))
    assert workers.supervisor.loading is None
    await workers.supervisor.stop(0)


async def test_an_older_generation_finishes_its_turn(workers: Workers) -> None:
    first = await workers.serve()
    await workers.run("wait gate")

    await workers.serve()

    assert (first.state, first.exited.is_set()) == ("draining", False)
    assert ("worker.draining", {"pid": first.pid, "turns": 1}) in workers.told
    workers.supervisor.turn_ended(first, ("s", 1))
    async with asyncio.timeout(5):
        await first.exited.wait()
    assert first.exit_code == 0


async def test_an_older_generation_without_a_turn_ends_at_once(workers: Workers) -> None:
    first = await workers.serve()

    await workers.serve()

    async with asyncio.timeout(5):
        await first.exited.wait()
    assert first.exit_code == 0


async def test_a_turn_on_old_code_is_cancelled_past_the_limit(tmp_path: Path) -> None:
    workers = Workers(write_app(tmp_path, TOOLBOX), drain_timeout_seconds=0.2)
    first = await workers.serve()
    await workers.run("wait never")

    await workers.serve()

    await workers.wait_for_event(lambda event: event.get("status") == "interrupted")
    async with asyncio.timeout(5):
        await first.exited.wait()
    await workers.supervisor.stop(0)


async def test_a_handler_that_spins_is_ended_by_force(tmp_path: Path, impatient: None) -> None:
    workers = Workers(write_app(tmp_path, TOOLBOX), drain_timeout_seconds=0.1)
    first = await workers.serve()
    await workers.run("spin")

    await workers.serve()

    async with asyncio.timeout(8):
        await first.exited.wait()
    assert first.signal == 15
    await workers.supervisor.stop(0)


async def test_at_most_two_generations_drain(workers: Workers) -> None:
    drained = []
    for number in range(1, 4):
        await workers.serve()
        drained.append(await workers.run("wait never", turn=number))

    await workers.serve()

    # The oldest is interrupted at once; the others go on.
    async with asyncio.timeout(5):
        await drained[0].exited.wait()
    assert [worker.exited.is_set() for worker in drained] == [True, False, False]


async def test_a_stuck_worker_serves_no_longer(workers: Workers, impatient: None) -> None:
    first = await workers.serve()
    await workers.run("spin")
    workers.supervisor.turn_ended(first, ("s", 1))

    workers.supervisor.give_up(first)

    assert workers.supervisor.serving is None
    async with asyncio.timeout(4):
        await first.exited.wait()


async def test_a_worker_that_dies_is_told_with_its_end(workers: Workers) -> None:
    first = await workers.serve()

    os.kill(first.pid, signal.SIGKILL)

    async with asyncio.timeout(5):
        await first.exited.wait()
    assert workers.supervisor.serving is None
    assert workers.gone == [first]
    expected = {"pid": first.pid, "exit_code": -9, "signal": 9, "by_server": False}
    assert ("worker.exited", expected) in workers.told


async def test_a_worker_that_the_server_ends_is_told_as_such(workers: Workers) -> None:
    first = await workers.serve()

    first.kill()

    async with asyncio.timeout(5):
        await first.exited.wait()
    [fields] = [fields for kind, fields in workers.told if kind == "worker.exited"]
    assert (fields["signal"], fields["by_server"]) == (9, True)


async def test_stopping_ends_everything_whatever_it_does(tmp_path: Path) -> None:
    workers = Workers(write_app(tmp_path, TOOLBOX))
    await workers.serve()
    await workers.run("spin")
    await wait_until(lambda: "standby" in workers.states())
    pids = [worker.pid for worker in workers.supervisor.workers]

    await workers.supervisor.stop(0.2)

    assert not any(is_alive(pid) for pid in pids)
    assert workers.supervisor.workers == []


async def test_workers_are_started_with_the_environment_of_now(
    workers: Workers, tmp_path: Path
) -> None:
    write_app(tmp_path, "import os\nraise ValueError(os.environ['CPSL_TEST_ONLY'])\n")
    await workers.supervisor.prepare()

    workers.supervisor.change_environment(
        {**workers.supervisor.environment, "CPSL_TEST_ONLY": "new"}
    )

    assert (await workers.load()).facts["error"]["message"] == "new"
