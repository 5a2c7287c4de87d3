"""Tests of loading the app in one worker, with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cpsl.records import JsonObject
from cpsl_dev import load_attempt as module
from cpsl_dev.config import find_entry
from cpsl_dev.load_attempt import LoadAttempt, LoadOutcome, failed_load
from cpsl_dev.worker_process import WorkerProcess
from tests.servers import write_app
from tests.workers import Child

LIMIT_SECONDS = 15.0
APP = 'import cpsl\napp = cpsl.App(name="made", image=cpsl.Image())\n'
SLOW_IMPORT = f"print('importing', flush=True)\nimport time\ntime.sleep(60)\n{APP}"
SLOW_BOOT = f"""{APP}
@app.boot()
async def boot():
    import asyncio
    await asyncio.sleep(60)
"""


class Trial(Child):
    """A worker with an attempt, which gets what a supervisor hands on to it."""

    attempt: LoadAttempt

    def begin(
        self, folder: Path, *, limit_seconds: float = LIMIT_SECONDS
    ) -> asyncio.Task[JsonObject]:
        self.attempt = LoadAttempt(self.process, 7)
        entry = find_entry("app.py", folder)
        run = self.attempt.run(entry, str(folder / ".cpsl" / "code"), limit_seconds)
        return asyncio.ensure_future(run)

    def _take(self, process: WorkerProcess, events: list[JsonObject]) -> None:
        super()._take(process, events)
        for event in events:
            if event["kind"].startswith("load."):
                self.attempt.take(event)

    def _exited(self, process: WorkerProcess) -> None:
        super()._exited(process)
        self.attempt.worker_exited()


@pytest.fixture
async def trial() -> AsyncIterator[Trial]:
    async with Trial() as trial:
        yield trial


async def test_a_load_ends_with_the_last_word_of_the_worker(trial: Trial, tmp_path: Path) -> None:
    loading = trial.begin(write_app(tmp_path, APP))
    assert (trial.process.state, trial.process.generation) == ("loading", 7)

    facts = await loading

    assert facts["kind"] == "load.finished"
    assert facts["app"]["name"] == "made"
    assert (tmp_path / "app.py").as_posix() in facts["sources"]
    assert not trial.process.was_ended


async def test_a_load_that_fails_ends_the_worker(trial: Trial, tmp_path: Path) -> None:
    facts = await trial.begin(write_app(tmp_path, "1 / 0\n"))

    assert (facts["phase"], facts["error"]["type"]) == ("import", "ZeroDivisionError")
    assert await trial.exited() == -signal.SIGKILL


@pytest.mark.parametrize(
    ("text", "phase"), [(SLOW_IMPORT, "import"), (SLOW_BOOT, "boot")], ids=["import", "boot"]
)
async def test_a_load_past_its_limit_is_ended(
    trial: Trial, tmp_path: Path, text: str, phase: str
) -> None:
    facts = await trial.begin(write_app(tmp_path, text), limit_seconds=0.3)

    assert facts["phase"] == phase
    assert facts["error"]["type"] == "TimeoutError"
    assert facts["error"]["message"] == f"{phase} did not finish within 0.3 s"
    assert await trial.exited() == -signal.SIGKILL


async def test_the_time_does_not_run_while_somebody_looks_at_it(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    trial.process.paused_in = (None, None)
    loading = trial.begin(write_app(tmp_path, SLOW_BOOT), limit_seconds=0.15)
    await trial.wait_for("load.imported")
    await asyncio.wait({loading}, timeout=0.3)
    assert not loading.done()

    trial.process.paused_in = None
    # All of it, from the last look on.
    await asyncio.wait({loading}, timeout=0.1)
    assert not loading.done()

    assert (await loading)["error"]["type"] == "TimeoutError"


async def test_a_load_that_is_given_up_ends_the_worker(trial: Trial, tmp_path: Path) -> None:
    loading = trial.begin(write_app(tmp_path, SLOW_IMPORT))
    await trial.wait_for("output.written")

    loading.cancel()

    assert await trial.exited() == -signal.SIGKILL
    assert loading.cancelled()


async def test_a_worker_that_exits_is_a_failure_that_says_how(trial: Trial, tmp_path: Path) -> None:
    facts = await trial.begin(write_app(tmp_path, "import os\nos._exit(3)\n"))

    assert facts["error"]["type"] == "WorkerExited"
    assert facts["error"]["message"] == "the worker exited 3 during import"
    assert facts["sources"] is None


async def test_a_worker_that_is_ended_by_a_signal_is_a_failure_that_names_it(
    trial: Trial, tmp_path: Path
) -> None:
    loading = trial.begin(write_app(tmp_path, SLOW_BOOT))
    await trial.wait_for("load.imported")

    os.kill(trial.process.pid, signal.SIGSEGV)

    said = f"the worker was ended by signal {signal.SIGSEGV.value} (SIGSEGV) during boot"
    assert (await loading)["error"]["message"] == said


async def test_a_load_that_eats_the_last_memory_is_ended(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(module, "is_out", lambda: True)
    loading = trial.begin(write_app(tmp_path, SLOW_IMPORT))
    await trial.wait_for("output.written")
    await asyncio.wait({loading}, timeout=0.1)
    # A small one is not what eats it.
    assert not loading.done()

    monkeypatch.setattr(module, "_LARGE_BYTES", 1)

    error = (await loading)["error"]
    assert error["type"] == "MemoryError"
    said = "the worker was ended during import: it had used up the memory"
    assert error["message"] == said


@pytest.mark.parametrize(
    ("kind", "fields", "claims"),
    [
        ("load.finished", {}, (True, False, False)),
        ("load.stale", {}, (False, True, False)),
        ("load.failed", {"is_contended": False}, (False, False, False)),
        ("load.failed", {"is_contended": True}, (False, False, True)),
    ],
)
async def test_an_outcome_tells_how_it_ended(
    kind: str, fields: JsonObject, claims: tuple[bool, bool, bool]
) -> None:
    outcome = LoadOutcome(worker=Child().process, facts={"kind": kind, **fields})

    assert (outcome.succeeded, outcome.is_stale, outcome.is_contended) == claims


async def test_what_stands_for_the_last_word_has_all_that_a_worker_says(
    child: Child, tmp_path: Path
) -> None:
    said = await child.load(write_app(tmp_path, "1 / 0\n"))

    stands_in: dict[str, Any] = failed_load("import", "WorkerExited", "it died")

    assert stands_in.keys() == said.keys()
    assert stands_in["error"].keys() <= said["error"].keys()
