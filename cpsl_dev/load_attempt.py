"""One attempt to import and boot the code in one worker, and how it ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from cpsl.records import JsonObject
from cpsl_dev.config import Entry
from cpsl_dev.draining import how_it_ended
from cpsl_dev.memory import is_out, resident_bytes
from cpsl_dev.protocol import Load
from cpsl_dev.worker_process import WorkerProcess

_LOOK_SECONDS = 0.25
# One that holds less than this is not the one that eats the memory.
_LARGE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOutcome:
    """How an attempt to load the code ended. `facts` are those of the worker's last word."""

    worker: WorkerProcess
    facts: JsonObject
    notes: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether the worker can serve."""
        return bool(self.facts["kind"] == "load.finished")

    @property
    def is_stale(self) -> bool:
        """Whether it has to begin again: the standby's libraries have read other variables."""
        return bool(self.facts["kind"] == "load.stale")

    @property
    def is_contended(self) -> bool:
        """Whether it failed because another process holds what it needs."""
        return bool(self.facts.get("is_contended", False))


class LoadAttempt:
    """A worker that imports and boots the app."""

    def __init__(self, worker: WorkerProcess, generation: int) -> None:
        self.worker = worker
        self._facts: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        worker.generation, worker.state = generation, "loading"

    async def prepare(self, limit_seconds: float) -> None:
        """Wait until the worker can begin at once, or is gone, or the time is over.

        While this lasts a newer save costs nothing: the worker can load that one instead.
        """
        if self.worker.ready.is_set():
            return
        ready: asyncio.Future[Any] = asyncio.ensure_future(self.worker.ready.wait())
        either = {ready, self._facts}
        try:
            await asyncio.wait(either, timeout=limit_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()

    async def run(self, entry: Entry, cache_dir: str, limit_seconds: float) -> JsonObject:
        """Load the app; return the worker's last word, or what stands for it.

        The worker of an attempt that fails or is cancelled is ended.
        """
        worker = self.worker
        assert worker.generation is not None
        worker.send(
            Load(
                generation=worker.generation,
                folder=str(entry.folder),
                module=entry.module,
                file=None if entry.file is None else str(entry.file),
                symbol=entry.symbol,
                entry=entry.text,
                cache_dir=cache_dir,
            )
        )
        is_loaded = False
        try:
            facts = await self._outcome(limit_seconds)
            is_loaded = facts["kind"] == "load.finished"
        finally:
            if not is_loaded:
                worker.kill()
        return facts

    def take(self, event: JsonObject) -> None:
        """Take what the worker tells of the attempt."""
        if event["kind"] == "load.imported":
            self.worker.state = "booting"
        else:
            self._settle(event)

    def worker_exited(self) -> None:
        """The worker is gone, and has not said how it went."""
        phase = self._phase()
        self._settle(failed_load(phase, "WorkerExited", how_it_ended(self.worker, phase)))

    async def _outcome(self, limit_seconds: float) -> JsonObject:
        deadline = asyncio.get_running_loop().time() + limit_seconds
        while True:
            left = deadline - asyncio.get_running_loop().time()
            await asyncio.wait({self._facts}, timeout=max(0.0, min(left, _LOOK_SECONDS)))
            if self._facts.done():
                return self._facts.result()
            if self.worker.paused_in is not None:
                # Somebody looks at it: the time does not run.
                deadline = asyncio.get_running_loop().time() + limit_seconds
                continue
            phase = self._phase()
            if left <= 0:
                said = f"{phase} did not finish within {limit_seconds:g} s"
                return failed_load(phase, "TimeoutError", said)
            if is_out() and (resident_bytes(self.worker.pid) or 0) > _LARGE_BYTES:
                said = f"the worker was ended during {phase}: it had used up the memory"
                return failed_load(phase, "MemoryError", said)

    def _phase(self) -> str:
        return "boot" if self.worker.state == "booting" else "import"

    def _settle(self, facts: JsonObject) -> None:
        if not self._facts.done():
            self._facts.set_result(facts)


def failed_load(phase: str, kind: str, message: str) -> JsonObject:
    """Return what stands for the last word of a worker that could not say it."""
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
        "is_contended": False,
        # Nobody said what it was made from.
        "sources": None,
        "folders": [],
        "listed": [],
        "missing": [],
        "warnings": [],
        "load_ms": None,
        "boot_ms": None,
    }
