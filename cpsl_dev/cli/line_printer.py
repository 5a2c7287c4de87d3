"""Writing lines to a file descriptor that may be slow, or gone, without being held up by it."""

from __future__ import annotations

import asyncio
import os
import queue
import select
import threading

_WAIT_SECONDS = 1.0


class LinePrinter:
    """Writes in a thread of its own. Once the other side is gone, everything is dropped.

    Args:
        descriptor: Where to write; None if there is no such place.
    """

    def __init__(self, descriptor: int | None) -> None:
        self.is_broken = descriptor is None
        self._descriptor = -1 if descriptor is None else descriptor
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        # A daemon, because a reader that does not read must not keep the program from ending.
        threading.Thread(target=self._run, name="cpsl-printer", daemon=True).start()

    async def write(self, data: bytes) -> None:
        """Write `data`; return once the other side has taken it, or is gone."""
        if self.is_broken or not data:
            return
        written = self._loop.create_future()
        self._queue.put((data, written))
        await written

    def _run(self) -> None:
        while True:
            data, written = self._queue.get()
            try:
                self._write_all(memoryview(data))
            except OSError:
                self.is_broken = True
            try:
                self._loop.call_soon_threadsafe(_finish, written)
            except RuntimeError:
                # The loop is closed: the program is at its end.
                return

    def _write_all(self, data: memoryview) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                # Whoever shares the terminal has made it non-blocking.
                select.select([], [self._descriptor], [], _WAIT_SECONDS)


def _finish(written: asyncio.Future[None]) -> None:
    if not written.done():
        written.set_result(None)
