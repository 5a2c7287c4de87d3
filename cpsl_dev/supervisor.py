"""The workers: one serves, one waits as standby, those of older generations finish their turns."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.config import Config
from cpsl_dev.draining import (
    PATIENCE_SECONDS,
    QUIET_SECONDS,
    Draining,
    cancel_turns,
    end,
    exits,
)
from cpsl_dev.hand_over import HandOver
from cpsl_dev.load_attempt import LoadAttempt, LoadOutcome, failed_load
from cpsl_dev.protocol import Shutdown
from cpsl_dev.recorder import Recorder
from cpsl_dev.standby import Standby, size_of
from cpsl_dev.worker_process import WorkerProcess

_HURRY_SECONDS = 1.0


class Supervisor:
    """Owns the worker processes; knows nothing of sessions or files.

    Args:
        config: Which app, and how long to wait for it.
        record: Where events about workers go.
        on_events: Gets what a worker tells, but for the outcome of a load.
        on_exit: Gets a worker that served or drained, once its process has ended.
        on_accepting: Called when the worker that serves takes turns again.
    """

    def __init__(
        self,
        config: Config,
        record: Recorder,
        *,
        on_events: Callable[[WorkerProcess, list[JsonObject]], None],
        on_exit: Callable[[WorkerProcess], None],
        on_accepting: Callable[[], None],
    ) -> None:
        self.serving: WorkerProcess | None = None
        # Whether the newest load came as far as the app's code.
        self.has_begun = False
        self.environment: Mapping[str, str] = dict(os.environ)
        self.load_timeout_seconds = config.load_timeout_seconds
        self.draining = Draining(record, config.drain_timeout_seconds)
        self.standby = Standby(config.entry.folder, self._start, is_kept=config.standby)
        self._config = config
        self._record = record
        self._on_events = on_events
        self._on_exit = on_exit
        self._on_accepting = on_accepting
        self._attempt: LoadAttempt | None = None
        self._hand_over: HandOver | None = None
        self._workers: set[WorkerProcess] = set()
        self._promoted_at = -_HURRY_SECONDS

    @property
    def workers(self) -> list[WorkerProcess]:
        """Every living worker, the oldest first."""
        return sorted(self._workers, key=lambda worker: worker.pid)

    @property
    def loading(self) -> WorkerProcess | None:
        """The worker that imports or boots the next generation."""
        return None if self._attempt is None else self._attempt.worker

    @property
    def accepting(self) -> WorkerProcess | None:
        """The worker that takes new turns; none while one generation hands over to the next."""
        return self.serving if self._hand_over is None else None

    async def prepare(self) -> None:
        """Start a standby, unless one waits."""
        await self.standby.prepare()

    def change_environment(self, variables: Mapping[str, str]) -> bool:
        """Start workers with these variables from now on; return whether they are others."""
        if variables == self.environment:
            return False
        self.environment = dict(variables)
        # It was started with the old variables, and so were the modules it holds.
        self.standby.discard("the environment has changed")
        return True

    async def load(self, generation: int) -> LoadOutcome:
        """Import and boot the code in a fresh worker; nothing is served by it yet.

        Cancelling this ends that worker.
        """
        outcome = await self._try(generation)
        if outcome.is_stale:
            outcome = await self._try_cold(outcome, generation)
        if outcome.is_contended and self._can_hand_over():
            outcome = await self._try_after_release(outcome, generation)
        if not outcome.succeeded:
            await self._take_back(outcome)
            # The save that mends it should be as quick as any other.
            self.standby.refill(after_seconds=QUIET_SECONDS)
        return outcome

    def promote(self, outcome: LoadOutcome) -> None:
        """Let a loaded worker serve, and let the one before it finish its turns."""
        worker = outcome.worker
        before, self.serving = self.serving, worker
        self._hand_over = None
        worker.state = "serving"
        self._record("worker.ready", {"pid": worker.pid}, generation=worker.generation)
        if before is not None:
            self.retire(before)
        now = time.monotonic()
        # Of several saves in a second the next matters more than the first answer of this one.
        is_hurried, self._promoted_at = now - self._promoted_at < _HURRY_SECONDS, now
        self.standby.want(
            outcome.facts["modules"],
            outcome.facts["variables"],
            after_seconds=0.0 if is_hurried else QUIET_SECONDS,
            size_bytes=lambda: size_of(worker),
        )

    def retire(self, worker: WorkerProcess) -> None:
        """Let a worker finish what it has, then end it."""
        self.draining.add(worker)

    def give_up(self, worker: WorkerProcess) -> None:
        """End a worker that does not let go of a cancelled turn, without the usual patience."""
        if worker is self.serving:
            self.serving = None
        self.retire(worker)
        if not worker.turns:
            spawn(end(worker), name=f"end {worker.pid}")

    def turn_ended(self, worker: WorkerProcess, key: tuple[str, int]) -> None:
        """Note that a worker has finished a turn."""
        worker.turns.discard(key)
        self.draining.turn_ended(worker)

    async def stop(self, patience_seconds: float) -> None:
        """End every worker: with the shutdown hook where there is time, by force after that."""
        await self.standby.stop()
        for worker in self._workers:
            if worker.state in ("serving", "draining"):
                cancel_turns(worker)
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

    async def _try(self, generation: int) -> LoadOutcome:
        """Load the code in one worker."""
        self.has_begun = False
        try:
            worker, note = await self.standby.take()
            worker = worker or await self._start()
        except OSError as error:
            nobody = WorkerProcess(self._take_events, self._take_exit)
            facts = failed_load("worker", type(error).__name__, f"no worker can start: {error}")
            return LoadOutcome(worker=nobody, facts=facts)
        self._attempt = attempt = LoadAttempt(worker, generation)
        cache_dir = str(self._config.data_dir / "code")
        limit_seconds = self.load_timeout_seconds
        try:
            if self.serving is not None:
                await attempt.prepare(limit_seconds)
            self.has_begun = True
            facts = await attempt.run(self._config.entry, cache_dir, limit_seconds)
        finally:
            self._attempt = None
            if not self.has_begun:
                self.standby.put_back(worker)
        notes = [note] if note is not None and self.serving is not None else []
        return LoadOutcome(worker=worker, facts=facts, notes=notes)

    async def _try_cold(self, outcome: LoadOutcome, generation: int) -> LoadOutcome:
        """Load the code without a standby, whose libraries have read other variables."""
        self.standby.discard("the app has set other variables")
        again = await self._try(generation)
        before, after = outcome.facts["variables"], again.facts.get("variables")
        if after is not None:
            # The same code, and other values: nothing can be told from these the next time.
            names = before.keys() | after.keys()
            self.standby.volatile |= {name for name in names if before.get(name) != after.get(name)}
        changed = ", ".join(outcome.facts["differing"])
        note = f"started cold: the app sets {changed} to another value, which libraries may read"
        return replace(again, notes=[note])

    def _can_hand_over(self) -> bool:
        return self.serving is not None and (
            self._hand_over is None or not self._hand_over.is_released
        )

    async def _try_after_release(self, outcome: LoadOutcome, generation: int) -> LoadOutcome:
        assert self.serving is not None
        self._hand_over = HandOver(self.serving)
        reason = await self._hand_over.release(self.draining.limit_seconds)
        if reason is not None:
            error = outcome.facts["error"]
            told = {**error, "message": f"{error['message']} ({reason})"}
            return replace(outcome, facts={**outcome.facts, "error": told})
        again = await self._try(generation)
        note = "booted again, as the generation before held what it needs"
        return replace(again, notes=[*again.notes, note])

    async def _take_back(self, outcome: LoadOutcome) -> None:
        """Let the generation that serves go on, after one that did not come."""
        over = self._hand_over
        if over is None:
            return
        if over.is_released and over.worker is self.serving:
            # It may hold what the other one needs until it is gone.
            await exits(outcome.worker, PATIENCE_SECONDS)
            outcome.notes.append(await over.take_back(self.load_timeout_seconds))
        self._hand_over = None
        self._on_accepting()

    async def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self._take_events, self._take_exit)
        self._workers.add(worker)
        try:
            await worker.start(self.environment)
        except OSError:
            if not worker.pid:
                self._workers.discard(worker)
            raise
        self._record("worker.started", {"pid": worker.pid})
        return worker

    def _take_events(self, worker: WorkerProcess, events: list[JsonObject]) -> None:
        rest = []
        for event in events:
            match event["kind"]:
                case "worker.standby":
                    if not worker.modules:
                        worker.ready.set()
                case "worker.warm":
                    worker.ready.set()
                case "load.imported" | "load.stale" | "load.finished" | "load.failed":
                    if self._attempt is not None and worker is self._attempt.worker:
                        self._attempt.take(event)
                case "worker.released" | "worker.booted":
                    if self._hand_over is not None and worker is self._hand_over.worker:
                        self._hand_over.take(event)
                case _:
                    rest.append(event)
        if rest:
            self._on_events(worker, rest)

    def _take_exit(self, worker: WorkerProcess) -> None:
        self._workers.discard(worker)
        fields = {
            "pid": worker.pid,
            "exit_code": worker.exit_code,
            "signal": worker.signal,
            "by_server": worker.was_ended,
        }
        self._record("worker.exited", fields, generation=worker.generation)
        self.standby.worker_exited(worker)
        self.draining.remove(worker)
        if self._attempt is not None and worker is self._attempt.worker:
            self._attempt.worker_exited()
        if worker is self.serving:
            self.serving = None
        self._on_exit(worker)
