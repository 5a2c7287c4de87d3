"""Letting the workers wait while the store is behind, so that what they tell fills no memory."""

from __future__ import annotations

import asyncio

from cpsl.concurrency import spawn
from cpsl_dev.journal import Journal
from cpsl_dev.supervisor import Supervisor

# Above the first, workers are not read until the journal is down to the second.
_CROWDED, _CLEAR = 4_000, 500


class Crowding:
    """Looks at how much waits for the store, and holds the workers back."""

    def __init__(self, journal: Journal, supervisor: Supervisor) -> None:
        self._journal = journal
        self._supervisor = supervisor
        self._is_crowded = False

    def look(self) -> None:
        """Let the workers wait if the store is behind."""
        if not self._is_crowded and self._journal.waiting > _CROWDED:
            self._is_crowded = True
            for worker in self._supervisor.workers:
                worker.pause()
            spawn(self._let_go(), name="let workers go on")

    async def _let_go(self) -> None:
        while self._journal.waiting > _CLEAR:  # noqa: ASYNC110 - the queue belongs to a thread
            await asyncio.sleep(0.01)
        self._is_crowded = False
        for worker in self._supervisor.workers:
            worker.resume()
