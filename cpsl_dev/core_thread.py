"""The core in a thread of its own, so that drawing delays neither a reload nor an answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from cpsl_dev.config import Config
from cpsl_dev.server import DevServer

T = TypeVar("T")


class CoreThread:
    """Runs a dev server on a loop in another thread, and calls it from there.

    Args:
        config: What the server is to run.
        beside: Started on the core loop once the server has, and ended before it: the debug
            endpoint. It gets the server and returns what ends it.
    """

    def __init__(
        self,
        config: Config,
        beside: Callable[[DevServer], Awaitable[Callable[[], Awaitable[None]]]] | None = None,
    ) -> None:
        self.server = DevServer(config)
        self._beside = beside
        self._loop = asyncio.new_event_loop()
        self._stopped: asyncio.Event | None = None
        self._is_up = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="cpsl-core", daemon=True)

    def start(self) -> None:
        """Start the thread and the server in it; return once the server has its state.

        Raises:
            DevError: the server cannot start.
        """
        self._thread.start()
        self._is_up.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    async def call(self, function: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        """Run a coroutine function of the server on the core loop; return its result here."""

        async def run() -> T:
            return await function(*args, **kwargs)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self._loop))

    def post(self, function: Callable[[], object]) -> None:
        """Call a plain function on the core loop, soon."""
        self._loop.call_soon_threadsafe(function)

    def stop(self, timeout_seconds: float = 4.0) -> None:
        """End the server and the thread."""
        if self._thread.is_alive() and self._stopped is not None:
            self.post(self._stopped.set)
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - raised again where the thread was started
            self._failure = error
        finally:
            self._is_up.set()
            self._loop.run_until_complete(_cancel_the_rest())
            self._loop.close()

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        await self.server.start()
        self._is_up.set()
        end = None if self._beside is None else await self._beside(self.server)
        try:
            await self._stopped.wait()
        finally:
            if end is not None:
                await end()
            await self.server.stop()


async def _cancel_the_rest() -> None:
    """End what is still in the background, so that nothing of it is lost without a word."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=1.0)
