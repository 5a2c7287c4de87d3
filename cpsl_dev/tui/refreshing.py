"""Reading something again whenever it may have changed, but not more often than is bearable."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from cpsl.concurrency import spawn
from cpsl_dev.exceptions import DevError

logger = logging.getLogger(__name__)

# What is slow to read is read less often.
_REST = 5


class Refresh:
    """Runs `read` soon after `request`, never twice at once.

    Args:
        read: What reads and shows.
        least_seconds: The pause after each run.
    """

    def __init__(self, read: Callable[[], Awaitable[None]], *, least_seconds: float) -> None:
        self._read = read
        self._least_seconds = least_seconds
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def request(self) -> None:
        """Ask for a run that begins after this moment."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = spawn(self._run(), name="refresh")

    def stop(self) -> None:
        """Do no more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._again:
            self._again = False
            began = time.perf_counter()
            try:
                await self._read()
            except DevError as error:
                logger.debug("Could not be read: %s", error)
            took = time.perf_counter() - began
            await asyncio.sleep(max(self._least_seconds, _REST * took))
