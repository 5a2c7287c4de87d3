"""Handing over what only one process can hold: a port, a lock, a device.

The next generation boots before the last one ends. Where its boot fails because the old worker
still holds something, that one runs its shutdown hook and stays, without new turns, until the
next boot has succeeded; or it boots again.
"""

from __future__ import annotations

import asyncio
from typing import Any

from cpsl.records import JsonObject
from cpsl_dev.draining import SHUTDOWN_SECONDS, cancel_turns, end, exits
from cpsl_dev.protocol import BootAgain, Release
from cpsl_dev.worker_process import WorkerProcess

_MARGIN_SECONDS = 1.0


class HandOver:
    """What one worker is asked to give up, and to take back."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.worker = worker
        self.is_released = False
        self._answer: asyncio.Future[JsonObject] | None = None

    async def release(self, drain_seconds: float) -> str | None:
        """Let the worker finish its turns and run its shutdown hook; return why it cannot."""
        if self.is_released:
            return None
        if not await self._is_idle(drain_seconds):
            # A handler that never ends must not hold up what is to replace it.
            await end(self.worker)
            await exits(self.worker, _MARGIN_SECONDS)
            return None
        # From here on it may have given up what it held, whatever becomes of its answer.
        self.is_released = True
        self.worker.send(Release())
        answer = await self._wait(SHUTDOWN_SECONDS + _MARGIN_SECONDS)
        if answer is not None and not answer["has_hook"]:
            self.is_released = False
            return (
                "the generation that serves holds it and has no shutdown hook: "
                "give the app one (@app.shutdown()) that closes what the boot hook opens"
            )
        return None

    async def take_back(self, limit_seconds: float) -> str:
        """Have the worker boot again; say how that went."""
        self.is_released = False
        self.worker.send(BootAgain())
        answer = await self._wait(limit_seconds)
        if self.worker.exited.is_set():
            return "the generation before ended while it was to boot again"
        if answer is None:
            return f"the generation before did not boot again within {limit_seconds:g} s"
        if answer["error"] is not None:
            return f"the generation before serves, but could not boot again: {answer['error']}"
        return "the generation before has booted again"

    def take(self, event: JsonObject) -> None:
        """Take what the worker answers."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(event)

    async def _is_idle(self, drain_seconds: float) -> bool:
        for seconds in (drain_seconds, SHUTDOWN_SECONDS):
            if await self._finishes(seconds):
                return True
            cancel_turns(self.worker)
        return False

    async def _finishes(self, seconds: float) -> bool:
        """Wait until the worker has no turn, or is gone."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self.worker.turns and not self.worker.exited.is_set():
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.01)
        return True

    async def _wait(self, seconds: float) -> JsonObject | None:
        """Return the worker's answer; None when it is gone or does not answer in time."""
        self._answer = asyncio.get_running_loop().create_future()
        gone = asyncio.ensure_future(self.worker.exited.wait())
        waits: set[asyncio.Future[Any]] = {self._answer, gone}
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        return self._answer.result() if self._answer.done() else None
