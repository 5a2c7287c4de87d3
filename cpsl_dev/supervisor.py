"""The workers: one serves, one waits as standby, those of older generations finish their turns."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.config import Config
from cpsl_dev.protocol import CancelTurn, Load, Shutdown, Warm
from cpsl_dev.worker_process import WorkerProcess

# Long enough that the first answer of a new generation is out before the old worker's end and
# the next child's start want the processor.
_QUIET_SECONDS = 0.04
# A handler that was cancelled, then a process that was asked to end, has this long.
_PATIENCE_SECONDS = 2.0
_SHUTDOWN_SECONDS = 5.0
_MAX_DRAINING = 2


class Recorder(Protocol):
    """Adds an event to the timeline."""

    def __call__(
        self,
        kind: str,
        fields: JsonObject | None = None,
        *,
        generation: int | None = None,
        session_id: str | None = None,
        turn: int | None = None,
    ) -> None:
        """Add it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOutcome:
    """How an attempt to load the code ended. `facts` are those of the worker's last word."""

    worker: WorkerProcess
    succeeded: bool
    facts: JsonObject
    notes: list[str] = field(default_factory=list)


class Supervisor:
    """Owns the worker processes; knows nothing of sessions or files.

    Args:
        config: Which app, and how long to wait for it.
        record: Where events about workers go.
        on_events: Gets what a worker tells, but for the outcome of a load.
        on_exit: Gets a worker that served or drained, once its process has ended.
    """

    def __init__(
        self,
        config: Config,
        record: Recorder,
        *,
        on_events: Callable[[WorkerProcess, list[JsonObject]], None],
        on_exit: Callable[[WorkerProcess], None],
    ) -> None:
        self.serving: WorkerProcess | None = None
        self.loading: WorkerProcess | None = None
        self.environment: Mapping[str, str] = dict(os.environ)
        self._config = config
        self._record = record
        self._on_events = on_events
        self._on_exit = on_exit
        self._standby: WorkerProcess | None = None
        self._draining: list[WorkerProcess] = []
        self._workers: set[WorkerProcess] = set()
        self._loaded: asyncio.Future[JsonObject] | None = None
        self._modules: list[str] = []
        self._stopping = False

    @property
    def workers(self) -> list[WorkerProcess]:
        """Every living worker, the oldest first."""
        return sorted(self._workers, key=lambda worker: worker.pid)

    async def prepare(self) -> None:
        """Start a standby, unless one waits or none is wanted."""
        if self._standby is None and not self._stopping:
            self._standby = worker = await self._start()
            if self._modules:
                worker.modules = self._modules
                worker.send(Warm(modules=self._modules))

    def discard_standby(self) -> None:
        """End the standby: what it was started with no longer holds."""
        standby, self._standby = self._standby, None
        if standby is not None:
            standby.kill()

    async def load(self, generation: int) -> LoadOutcome:
        """Import and boot the code in a fresh worker; nothing is served by it yet.

        Cancelling this ends that worker.
        """
        worker, notes = await self._take_standby()
        worker.generation, worker.state = generation, "loading"
        self.loading = worker
        self._loaded = asyncio.get_running_loop().create_future()
        entry = self._config.entry
        worker.send(
            Load(
                generation=generation,
                folder=str(entry.folder),
                module=entry.module,
                file=None if entry.file is None else str(entry.file),
                symbol=entry.symbol,
                entry=entry.text,
                cache_dir=str(self._config.data_dir / "code"),
            )
        )
        try:
            facts = await self._outcome(worker)
        except asyncio.CancelledError:
            worker.kill()
            raise
        finally:
            self.loading = None
        succeeded = facts["kind"] == "load.finished"
        if not succeeded:
            worker.kill()
        return LoadOutcome(worker=worker, succeeded=succeeded, facts=facts, notes=notes)

    def promote(self, outcome: LoadOutcome) -> None:
        """Let a loaded worker serve, and let the one before it finish its turns."""
        before, self.serving = self.serving, outcome.worker
        outcome.worker.state = "serving"
        self._modules = outcome.facts["modules"]
        self._record(
            "worker.ready", {"pid": outcome.worker.pid}, generation=outcome.worker.generation
        )
        if before is not None:
            self.retire(before)
        if self._config.standby:
            loop = asyncio.get_running_loop()
            loop.call_later(_QUIET_SECONDS, lambda: spawn(self.prepare(), name="prepare standby"))

    def retire(self, worker: WorkerProcess) -> None:
        """Let a worker finish what it has, then end it."""
        if worker.exited.is_set() or worker.state == "draining":
            return
        worker.state = "draining"
        fields = {"pid": worker.pid, "turns": len(worker.turns)}
        self._record("worker.draining", fields, generation=worker.generation)
        self._draining.append(worker)
        spawn(self._drain(worker), name=f"drain {worker.pid}")
        while len(self._draining) > _MAX_DRAINING:
            oldest = self._draining.pop(0)
            spawn(self._end(oldest), name=f"end {oldest.pid}")

    def give_up(self, worker: WorkerProcess) -> None:
        """End a worker that does not let go of a cancelled turn, without the usual patience."""
        if worker is self.serving:
            self.serving = None
        self.retire(worker)
        if not worker.turns:
            spawn(self._end(worker), name=f"end {worker.pid}")

    def turn_ended(self, worker: WorkerProcess, key: tuple[str, int]) -> None:
        """Note that a worker has finished a turn."""
        worker.turns.discard(key)
        if worker.state == "draining" and not worker.turns:
            worker.send(Shutdown())

    async def stop(self, patience_seconds: float) -> None:
        """End every worker: with the shutdown hook where there is time, by force after that."""
        self._stopping = True
        for worker in self._workers:
            if worker.state in ("serving", "draining"):
                for session_id, turn in worker.turns:
                    worker.send(CancelTurn(session_id=session_id, turn=turn))
                worker.send(Shutdown())
            else:
                worker.kill()
        waits = [asyncio.ensure_future(worker.exited.wait()) for worker in self._workers]
        if waits:
            await asyncio.wait(waits, timeout=patience_seconds)
        for worker in list(self._workers):
            worker.kill()
        if waits:
            await asyncio.wait(waits, timeout=1.0)

    async def _take_standby(self) -> tuple[WorkerProcess, list[str]]:
        notes: list[str] = []
        if self._standby is not None and self._is_hidden(self._standby.modules):
            notes.append("started cold: a file of the app hides a module that the standby holds")
            self.discard_standby()
        worker, self._standby = self._standby, None
        if worker is None:
            worker = await self._start()
            if self.serving is not None:
                notes.append("started cold: no standby was ready")
        elif not worker.is_ready:
            notes.append("the standby was still being warmed")
        return worker, notes

    def _is_hidden(self, modules: list[str]) -> bool:
        try:
            names = {name.removesuffix(".py") for name in os.listdir(self._config.entry.folder)}
        except OSError:
            return False
        return not names.isdisjoint(modules)

    async def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self._take_events, self._take_exit)
        await worker.start(self.environment)
        self._workers.add(worker)
        self._record("worker.started", {"pid": worker.pid})
        return worker

    async def _outcome(self, worker: WorkerProcess) -> JsonObject:
        assert self._loaded is not None
        limit = self._config.load_timeout_seconds
        try:
            async with asyncio.timeout(limit):
                return await self._loaded
        except TimeoutError:
            phase = "boot" if worker.state == "booting" else "import"
            return _failure(phase, "TimeoutError", f"{phase} did not finish within {limit:g} s")

    def _take_events(self, worker: WorkerProcess, events: list[JsonObject]) -> None:
        rest = []
        for event in events:
            match event["kind"]:
                case "worker.standby":
                    worker.is_ready = not worker.modules
                case "worker.warm":
                    worker.is_ready = True
                case "load.imported":
                    worker.state = "booting"
                case "load.finished" | "load.failed":
                    self._settle(worker, event)
                case _:
                    rest.append(event)
        if rest:
            self._on_events(worker, rest)

    def _settle(self, worker: WorkerProcess, facts: JsonObject) -> None:
        if worker is self.loading and self._loaded is not None and not self._loaded.done():
            self._loaded.set_result(facts)

    def _take_exit(self, worker: WorkerProcess) -> None:
        self._workers.discard(worker)
        fields = {"pid": worker.pid, "exit_code": worker.exit_code, "signal": worker.signal}
        self._record("worker.exited", fields, generation=worker.generation)
        if worker is self._standby:
            self._standby = None
        if worker in self._draining:
            self._draining.remove(worker)
        if worker is self.loading:
            phase = "boot" if worker.state == "booting" else "import"
            self._settle(worker, _failure(phase, "WorkerExited", how_it_ended(worker, phase)))
        if worker is self.serving:
            self.serving = None
        self._on_exit(worker)

    async def _drain(self, worker: WorkerProcess) -> None:
        await asyncio.sleep(_QUIET_SECONDS)
        if not worker.turns:
            worker.send(Shutdown())
            limit = _SHUTDOWN_SECONDS + _PATIENCE_SECONDS
        else:
            limit = self._config.drain_timeout_seconds
        if not await _exits(worker, limit):
            await self._end(worker)

    async def _end(self, worker: WorkerProcess) -> None:
        """Cancel its turns, then ask, then force."""
        for session_id, turn in list(worker.turns):
            worker.send(CancelTurn(session_id=session_id, turn=turn))
        worker.send(Shutdown())
        if await _exits(worker, _PATIENCE_SECONDS):
            return
        worker.terminate()
        if not await _exits(worker, _PATIENCE_SECONDS):
            worker.kill()


def how_it_ended(worker: WorkerProcess, phase: str) -> str:
    """Say in words how a worker's process ended."""
    if worker.signal is not None:
        try:
            name = signal.Signals(worker.signal).name
        except ValueError:
            name = "unknown"
        return f"the worker was ended by signal {worker.signal} ({name}) during {phase}"
    return f"the worker exited {worker.exit_code} during {phase}"


async def _exits(worker: WorkerProcess, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await worker.exited.wait()
    except TimeoutError:
        return False
    return True


def _failure(phase: str, kind: str, message: str) -> JsonObject:
    error: dict[str, Any] = {
        "type": kind,
        "message": message,
        "file": None,
        "line": None,
        "text": None,
        "traceback": "",
    }
    return {
        "kind": "load.failed",
        "phase": phase,
        "error": error,
        "errno": None,
        "sources": {},
        "warnings": [],
        "load_ms": None,
        "boot_ms": None,
    }
