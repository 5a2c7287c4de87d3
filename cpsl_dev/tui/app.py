"""Running the screen: the core first, then the drawing, and a clean end of both."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cpsl_dev.config import Config
from cpsl_dev.core_thread import CoreThread
from cpsl_dev.exceptions import DevError
from cpsl_dev.importing import import_endpoint
from cpsl_dev.interpreter import start_collecting
from cpsl_dev.safe_text import safe_text
from cpsl_dev.server import DevServer
from cpsl_dev.tui.signals import Signals
from cpsl_dev.tui.terminal import TerminalGuard

if TYPE_CHECKING:
    from cpsl_dev.tui.dev_app import DevApp

_MOST_RESTARTS = 2
_STOP_SECONDS = 2.5
_FIRST_FRAME_SECONDS = 1.0


def run_screen(config: Config) -> int:
    """Run the dev server with its screen, and return the exit code.

    That is 0 for leaving by key, 130, 143 and 129 for SIGINT, SIGTERM and SIGHUP, and 1 when the
    screen failed. The terminal is left as it was found.

    Raises:
        DevError: the server or its endpoint cannot start.
    """
    terminal = TerminalGuard()
    with terminal, Signals(terminal.restore) as signals:
        screen = _Screen(config, signals)
        endpoint = _Endpoint(config, on_failure=screen.leave)
        core = CoreThread(config, endpoint.start)
        core.start()
        try:
            code = screen.show(core, on_first_frame=lambda: _first_frame(endpoint))
            terminal.released()
        finally:
            endpoint.begin()
            core.stop(_STOP_SECONDS)
    if endpoint.error is not None:
        raise endpoint.error
    _say([*screen.last_words, f"The state is in {config.data_dir}."])
    return signals.exit_code or code


class _Screen:
    """Shows the screen, again if it fails, until it is left."""

    def __init__(self, config: Config, signals: Signals) -> None:
        self.last_words: list[str] = []
        self._config = config
        self._signals = signals
        self._app: DevApp | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left: int | None = None

    def show(self, core: CoreThread, *, on_first_frame: Callable[[], None]) -> int:
        """Draw until the user or a signal ends it; return the exit code."""
        # Only now: the worker comes up while this takes its time.
        from cpsl_dev.tui.core_link import CoreLink  # noqa: PLC0415 - as said above
        from cpsl_dev.tui.dev_app import DevApp  # noqa: PLC0415 - as said above

        said = ""
        for _ in range(1 + _MOST_RESTARTS):
            self._app = DevApp(
                CoreLink(core), self._config, said=said, on_first_frame=on_first_frame
            )
            code = self._run(self._app)
            self.last_words = self._app.last_words
            if code is not None:
                return code
            said = "The screen failed and was started again. The server was not touched."
        return 1

    def leave(self, code: int) -> None:
        """End the screen, from any thread or signal handler."""
        self._left = code
        if self._loop is not None and self._app is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._app.exit, code)

    def _run(self, app: DevApp) -> int | None:
        """Run the screen once; return None if it failed."""
        no_color = os.environ.get("NO_COLOR")
        try:
            return asyncio.run(self._run_on_loop(app))
        finally:
            self._signals.on_stop = self._loop = None
            if no_color is not None:
                # Textual takes it out of the environment; the processes of the app need it.
                os.environ["NO_COLOR"] = no_color

    async def _run_on_loop(self, app: DevApp) -> int | None:
        self._loop = asyncio.get_running_loop()
        self._signals.on_stop = self.leave
        if self._left is not None:
            return self._left
        return await app.run_async()


class _Endpoint:
    """The debug endpoint beside the server.

    It begins when the first frame is drawn: its code takes long to load, and would keep the
    interpreter from the screen.
    """

    def __init__(self, config: Config, *, on_failure: Callable[[int], None]) -> None:
        self.error: DevError | None = None
        self._config = config
        self._on_failure = on_failure
        self._may_begin = threading.Event()

    def begin(self) -> None:
        """Let it listen now."""
        self._may_begin.set()

    async def start(self, server: DevServer) -> Callable[[], Awaitable[None]]:
        """Listen, and return what ends that. An error is kept, and ends the screen."""
        await asyncio.to_thread(self._may_begin.wait, _FIRST_FRAME_SECONDS)
        try:
            kind = await import_endpoint()
            endpoint = kind(server, self._config)
            await endpoint.start()
        except DevError as error:
            self.error = error
            self._on_failure(2)
            return _nothing
        stop: Callable[[], Awaitable[None]] = endpoint.stop
        return stop


def _first_frame(endpoint: _Endpoint) -> None:
    start_collecting()
    endpoint.begin()


async def _nothing() -> None:
    return None


def _say(lines: list[str]) -> None:
    """Write when the screen is gone; nobody may be there to read it."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write("".join(f"{safe_text(line, newlines=False)}\n" for line in lines))
        sys.stdout.flush()
