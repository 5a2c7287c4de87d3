"""One worker as the supervisor sees it: a child process, its channel, its output, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import Literal

from cpsl.records import JsonObject
from cpsl_dev.descendants import end_descendants
from cpsl_dev.protocol import Command, SupervisorEnd
from cpsl_dev.spawning import spawn

WorkerState = Literal["standby", "loading", "booting", "serving", "draining"]
EventsHandler = Callable[["WorkerProcess", list[JsonObject]], None]
ExitHandler = Callable[["WorkerProcess"], None]

# More than this in one read of a pipe is cut into several events.
_PIPE_BYTES = 8_192
_LAST_WORDS_SECONDS = 0.3


class WorkerProcess:
    """A child process that runs one generation of the app, or waits to.

    It leads a session and a process group of its own: the terminal's Ctrl-C does not reach it,
    and all that the app has started can be ended with it.
    """

    def __init__(self, on_events: EventsHandler, on_exit: ExitHandler) -> None:
        self.state: WorkerState = "standby"
        self.generation: int | None = None
        self.turns: set[tuple[str, int]] = set()
        self.modules: list[str] = []
        # Set while it waits for work, with the modules that it was asked to have.
        self.ready = asyncio.Event()
        # The session and the turn whose code has stopped at a breakpoint, None of hooks.
        self.paused_in: tuple[str | None, int | None] | None = None
        # The dev server itself has sent it a signal to end.
        self.was_ended = False
        self.exited = asyncio.Event()
        self.exit_code: int | None = None
        self.pid = 0
        self._mark = ""
        self._on_events = on_events
        self._on_exit = on_exit
        self._end = SupervisorEnd(lambda events: self._on_events(self, events), self._channel_lost)
        self._channel_open = True
        self._pipes: list[asyncio.ReadTransport] = []

    @property
    def signal(self) -> int | None:
        """The signal that ended the process, if one did."""
        return -self.exit_code if self.exit_code is not None and self.exit_code < 0 else None

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start the child. It reports `worker.standby` when it can be given work."""
        loop = asyncio.get_running_loop()
        spawned = spawn(environment)
        process = spawned.process
        spawned.channel.setblocking(False)
        self.pid, self._mark = process.pid, spawned.mark
        threading.Thread(
            target=self._wait, args=(process, loop), name=f"cpsl-wait-{self.pid}", daemon=True
        ).start()
        pipes = {"stdout": process.stdout, "stderr": process.stderr}
        try:
            await loop.create_connection(lambda: self._end, sock=spawned.channel)
            for stream in list(pipes):
                transport, _ = await loop.connect_read_pipe(
                    lambda stream=stream: _Pipe(stream, self._tell_output),  # type: ignore[misc]
                    pipes[stream],
                )
                self._pipes.append(transport)
                del pipes[stream]
        except BaseException:
            # Whoever started it has given up: nobody else would end it.
            self.kill()
            for pipe in pipes.values():
                if pipe is not None:
                    pipe.close()
            raise

    def send(self, command: Command) -> None:
        """Send a command; nothing when the child is gone."""
        self._end.send(command)

    def pause(self) -> None:
        """Let the child wait: it is told faster than the store can write."""
        self._end.pause()
        for transport in self._pipes:
            transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        self._end.resume()
        for transport in self._pipes:
            transport.resume_reading()

    def terminate(self) -> None:
        """Ask the process group to end."""
        self.was_ended = True
        self._signal_group(signal.SIGTERM)

    def kill(self) -> None:
        """End the process group at once."""
        self.was_ended = True
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> None:
        if self.pid == 0 or self.exit_code is not None:
            # A group of this number would be our own, or by now a stranger's.
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _tell_output(self, stream: str, text: str) -> None:
        fact: JsonObject = {"kind": "output.written", "stream": stream, "text": text}
        self._on_events(self, [fact])

    def _wait(self, process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop) -> None:
        code = process.wait()
        end_descendants(self.pid, self._mark)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            loop.call_soon_threadsafe(self._ended, code)

    def _ended(self, code: int) -> None:
        # What the app has started and left behind goes with it.
        self._signal_group(signal.SIGKILL)
        self.exit_code = code
        if not self._channel_open:
            self._tell_exit()
            return
        # What the child said last may still be in the channel: its end is told after that.
        asyncio.get_running_loop().call_later(_LAST_WORDS_SECONDS, self._tell_exit)

    def _channel_lost(self) -> None:
        self._channel_open = False
        if self.exit_code is not None:
            self._tell_exit()

    def _tell_exit(self) -> None:
        if self.exited.is_set():
            return
        self.exited.set()
        self._end.close()
        for transport in self._pipes:
            transport.close()
        self._on_exit(self)


class _Pipe(asyncio.Protocol):
    """What arrives on a pipe, as text, cut where a line or a character ends."""

    def __init__(self, stream: str, tell: Callable[[str, str], None]) -> None:
        self._stream = stream
        self._tell = tell
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Tell whole lines; keep a short rest for the next time."""
        data = self._rest + data
        cut = data.rfind(b"\n") + 1 or (len(data) if len(data) > _PIPE_BYTES else 0)
        self._rest = data[cut:]
        for start in range(0, cut, _PIPE_BYTES):
            self._say(data[start : min(cut, start + _PIPE_BYTES)])

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell what has no end of line."""
        if self._rest:
            self._say(self._rest)
            self._rest = b""

    def _say(self, data: bytes) -> None:
        self._tell(self._stream, data.decode("utf-8", "replace"))
