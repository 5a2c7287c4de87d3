"""Workers of older generations: they finish their turns, then end, by force where it must be."""

from __future__ import annotations

import asyncio
import signal

from cpsl.concurrency import spawn
from cpsl_dev.protocol import CancelTurn, Shutdown
from cpsl_dev.recorder import Recorder
from cpsl_dev.worker_process import WorkerProcess

# Long enough that the first answer of a new generation is out before the old worker's end and
# the next child's start want the processor.
QUIET_SECONDS = 0.04
# A handler that was cancelled, then a process that was asked to end, has this long.
PATIENCE_SECONDS = 2.0
SHUTDOWN_SECONDS = 5.0
_MAX_DRAINING = 2


class Draining:
    """The workers that serve no longer.

    Args:
        record: Where events about workers go.
        limit_seconds: How long turns may go on running on old code.
    """

    def __init__(self, record: Recorder, limit_seconds: float) -> None:
        self.limit_seconds = limit_seconds
        self._record = record
        self._workers: list[WorkerProcess] = []

    def add(self, worker: WorkerProcess) -> None:
        """Let a worker finish what it has, then end it."""
        if worker.exited.is_set() or worker.state == "draining":
            return
        worker.state = "draining"
        fields = {"pid": worker.pid, "turns": len(worker.turns)}
        self._record("worker.draining", fields, generation=worker.generation)
        self._workers.append(worker)
        session_id, turn = worker.paused_in or (None, None)
        if session_id is not None:
            # Code that has stopped at a breakpoint would stand there up to the limit.
            worker.send(CancelTurn(session_id=session_id, turn=turn or 0))
        spawn(self._drain(worker), name=f"drain {worker.pid}")
        while len(self._workers) > _MAX_DRAINING:
            oldest = self._workers.pop(0)
            spawn(end(oldest), name=f"end {oldest.pid}")

    def turn_ended(self, worker: WorkerProcess) -> None:
        """A worker has finished a turn: if it was the last, it can go."""
        if worker.state == "draining" and not worker.turns:
            worker.send(Shutdown())

    def remove(self, worker: WorkerProcess) -> None:
        """A worker is gone."""
        if worker in self._workers:
            self._workers.remove(worker)

    async def _drain(self, worker: WorkerProcess) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        if not worker.turns:
            worker.send(Shutdown())
            limit = SHUTDOWN_SECONDS + PATIENCE_SECONDS
        else:
            limit = self.limit_seconds
        if not await exits(worker, limit):
            await end(worker)


async def end(worker: WorkerProcess) -> None:
    """Cancel a worker's turns, then ask it to end, then force it."""
    cancel_turns(worker)
    worker.send(Shutdown())
    if await exits(worker, PATIENCE_SECONDS):
        return
    worker.terminate()
    if not await exits(worker, PATIENCE_SECONDS):
        worker.kill()


def cancel_turns(worker: WorkerProcess) -> None:
    """Cancel what a worker runs."""
    for session_id, turn in list(worker.turns):
        worker.send(CancelTurn(session_id=session_id, turn=turn))


async def exits(worker: WorkerProcess, seconds: float) -> bool:
    """Wait until a worker is gone; return False when it is not within a limit."""
    try:
        async with asyncio.timeout(seconds):
            await worker.exited.wait()
    except TimeoutError:
        return False
    return True


def how_it_ended(worker: WorkerProcess, phase: str) -> str:
    """Say in words how a worker's process ended."""
    if worker.signal is None:
        return f"the worker exited {worker.exit_code} during {phase}"
    try:
        name = signal.Signals(worker.signal).name
    except ValueError:
        name = "unknown"
    said = f"the worker was ended by signal {worker.signal} ({name}) during {phase}"
    if worker.signal == signal.SIGKILL and not worker.was_ended:
        said += ", as the system does when memory runs out"
    return said
