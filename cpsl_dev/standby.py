"""The worker that waits, with the interpreter up and the app's libraries imported."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from cpsl.concurrency import spawn
from cpsl_dev.memory import is_short, resident_bytes
from cpsl_dev.protocol import Warm
from cpsl_dev.worker_process import WorkerProcess

# One that dies is started again: a moment later, then later and later, then not any more.
_FIRST_RETRY_SECONDS = 0.5
_MOST_DEATHS = 5
# One that dies twice does so because of what it imports.
_DEATHS_UNTIL_BARE = 2
_NONE_YET = "no standby was ready"


class Standby:
    """Keeps one worker ready for the next generation.

    Args:
        folder: The app's folder: a file in it may hide a module that a standby holds.
        start: Starts a worker.
        is_kept: False has none but the one that is asked for by `prepare`.
    """

    def __init__(
        self,
        folder: Path,
        start: Callable[[], Awaitable[WorkerProcess]],
        *,
        is_kept: bool,
    ) -> None:
        self.worker: WorkerProcess | None = None
        self.warning: str | None = None
        self._folder = folder
        self._start = start
        self._is_kept = is_kept
        # Variables that the app sets to something else each time.
        self.volatile: set[str] = set()
        self._modules: list[str] = []
        self._variables: dict[str, str | None] = {}
        self._size_bytes: Callable[[], int] = lambda: 0
        self._deaths = 0
        self._is_wanted = True
        self._absence = _NONE_YET
        # Grows when workers that are being started, or were taken, are wanted no longer.
        self._epoch = self._taken_epoch = 0
        self._lock = asyncio.Lock()
        self._coming: asyncio.Task[None] | None = None

    def want(
        self,
        modules: list[str],
        variables: dict[str, str | None],
        *,
        after_seconds: float,
        size_bytes: Callable[[], int],
    ) -> None:
        """Have a standby with these modules, soon; none where memory is short.

        Args:
            modules: What to import in it.
            variables: What the app sets before it imports them.
            after_seconds: Not before this.
            size_bytes: Returns how much memory such a worker takes; asked when it is started.
        """
        if variables != self._variables:
            # One that comes already imports its libraries with the old ones.
            self.discard("the app sets other variables")
        self._modules = modules
        self._variables = variables
        self._deaths = 0
        self._absence = _NONE_YET
        self.warning = None
        self._size_bytes = size_bytes
        self._start_later(after_seconds)

    def refill(self, *, after_seconds: float) -> None:
        """Have another standby soon, in place of one that was used up by a failed load."""
        if self.worker is None and self.warning is None:
            self._start_later(after_seconds)

    async def prepare(self) -> None:
        """Have a standby now, with the modules that are wanted."""
        async with self._lock:
            while self.worker is None and self._is_wanted:
                epoch = self._epoch
                worker = await self._start()
                # Meanwhile another may have been put back.
                if epoch == self._epoch and self.worker is None:
                    self.worker = worker
                else:
                    worker.kill()
            self._warm()

    def renew(self, why: str) -> None:
        """Replace the standby: what it was started with no longer holds."""
        self.discard(why)
        self._start_later(0.0)

    def discard(self, why: str) -> None:
        """End the standby."""
        self._epoch += 1
        self._absence = why
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.kill()

    async def stop(self) -> None:
        """Start none any more; one that is being started is waited for."""
        self._is_wanted = False
        if self._coming is not None:
            self._coming.cancel()
        async with self._lock:
            return

    async def take(self) -> tuple[WorkerProcess | None, str | None]:
        """Take the standby for a load; return it, and what should be known about it."""
        if self._coming is not None:
            self._coming.cancel()
        async with self._lock:
            worker = self.worker
            if worker is not None and self._is_hidden(worker.modules):
                self.discard("a file of the app hides a module that the standby holds")
                worker = None
            self.worker, self._taken_epoch = None, self._epoch
        if worker is None:
            return (None, f"started cold: {self._absence}")
        return (worker, None if worker.ready.is_set() else "the standby was still being warmed")

    def put_back(self, worker: WorkerProcess) -> None:
        """Keep a worker that was taken and had not begun to load."""
        is_of_use = self._is_kept and self._is_wanted and self._taken_epoch == self._epoch
        if not is_of_use or self.worker is not None or worker.exited.is_set():
            worker.kill()
            return
        worker.generation, worker.state = None, "standby"
        self.worker = worker
        self._warm()

    def worker_exited(self, worker: WorkerProcess) -> None:
        """A worker is gone; if it was the standby, start another, but not for ever."""
        if worker is not self.worker:
            return
        self.worker = None
        self._deaths += 1
        if self._deaths < _MOST_DEATHS:
            self._start_later(_FIRST_RETRY_SECONDS * 2 ** (self._deaths - 1))
        else:
            self.warning = (
                f"The standby died {self._deaths} times while it waited (last by "
                f"{_how(worker)}): no further one is started before the next reload."
            )

    def _start_later(self, seconds: float) -> None:
        if not self._is_kept:
            return
        if self._coming is not None:
            self._coming.cancel()
        self._coming = spawn(self._prepare_later(seconds), name="prepare standby")

    async def _prepare_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if is_short(self._size_bytes()):
            self.warning = "Memory is short: no standby is kept, so reloads take longer."
            return
        try:
            # Once begun it is seen through: a worker that nobody knows would never be ended.
            await asyncio.shield(spawn(self.prepare(), name="start standby"))
        except OSError as error:
            self.warning = f"No standby could be started: {error}."

    def _warm(self) -> None:
        worker = self.worker
        if worker is None or worker.modules == self._modules or self._deaths >= _DEATHS_UNTIL_BARE:
            return
        worker.modules = self._modules
        worker.ready.clear()
        worker.send(
            Warm(
                modules=self._modules,
                variables=self._variables,
                volatile=sorted(self.volatile),
            )
        )

    def _is_hidden(self, modules: list[str]) -> bool:
        try:
            names = {name.removesuffix(".py") for name in os.listdir(self._folder)}
        except OSError:
            return False
        return not names.isdisjoint(modules)


def size_of(worker: WorkerProcess) -> int:
    """Return how much memory a worker like this one takes."""
    return resident_bytes(worker.pid) or 0


def _how(worker: WorkerProcess) -> str:
    return f"exit code {worker.exit_code}" if worker.signal is None else f"signal {worker.signal}"
