"""The dev server without a screen: one event a line, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

import orjson

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.cli.event_text import describe_event
from cpsl_dev.cli.line_printer import LinePrinter
from cpsl_dev.config import Config
from cpsl_dev.debug.following import Gap, Selection, follow
from cpsl_dev.event_log import Event
from cpsl_dev.importing import import_endpoint
from cpsl_dev.interpreter import start_collecting
from cpsl_dev.safe_text import safe_text
from cpsl_dev.server import DevServer

if TYPE_CHECKING:
    from cpsl_dev.debug.endpoint import DebugEndpoint

logger = logging.getLogger(__name__)

# Exit codes as shells know them: 128 and the number of the signal.
_EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
# After this the process ends, whatever still hangs; 3 s at most are promised.
_END_SECONDS = 2.8
_LAST_LINES_SECONDS = 0.3


def run_headless(config: Config, *, as_json: bool) -> int:
    """Run the dev server until a signal comes; return the exit code.

    Raises:
        UsageError: the folder is in use, or the address cannot be listened on.
    """
    return asyncio.run(_run(config, as_json=as_json))


async def _run(config: Config, *, as_json: bool) -> int:
    ending = _Ending()
    ending.listen()
    server = DevServer(config)
    lines = _Lines(server, as_json=as_json)
    await server.start()
    try:
        endpoint = await _open_endpoint(server, config)
    except BaseException:
        await server.stop()
        raise
    printing = spawn(lines.print_all(endpoint.url), name="print events")
    try:
        return await ending.wait()
    finally:
        await server.stop()
        await endpoint.stop()
        await lines.finish()
        printing.cancel()


async def _open_endpoint(server: DevServer, config: Config) -> DebugEndpoint:
    # Beside the first worker, which is coming up.
    kind = await import_endpoint()
    endpoint = kind(server, config)
    await endpoint.start()
    start_collecting()
    return endpoint


class _Ending:
    """Turns signals into the end of the program: a clean one, and a quick one when asked twice."""

    def __init__(self) -> None:
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def listen(self) -> None:
        """Begin to take signals."""
        loop = asyncio.get_running_loop()
        for number in _EXIT_CODES:
            loop.add_signal_handler(number, self._end, number)

    async def wait(self) -> int:
        """Return the exit code once the program is to end."""
        return await self._code

    def _end(self, number: signal.Signals) -> None:
        code = _EXIT_CODES[number]
        if self._code.done():
            if number == signal.SIGINT:
                os._exit(code)
            return
        self._code.set_result(code)
        # Workers end by themselves when this process is gone.
        timer = threading.Timer(_END_SECONDS, os._exit, [code])
        timer.daemon = True
        timer.start()


class _Lines:
    """Prints every event of this run."""

    def __init__(self, server: DevServer, *, as_json: bool) -> None:
        self._server = server
        self._as_json = as_json
        self._is_ready = False
        self._printed = 0
        self._progress = asyncio.Event()
        self._first: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._printer = LinePrinter(_descriptor(sys.stdout))
        self._stop_looking = server.log.add_listener(self._note_first)

    async def print_all(self, url: str) -> None:
        """Print where the server is, then each event, until cancelled."""
        await self._say_where(url)
        first = await self._first
        items = follow(self._server, Selection(), after=first - 1)
        async with aclosing(items):
            async for item in items:
                await self._printer.write(self._encode(item))
                self._printed = item.last if isinstance(item, Gap) else item[-1].seq
                self._progress.set()

    async def finish(self) -> None:
        """Wait until everything is printed, unless nobody takes it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_LINES_SECONDS):
                while self._printed < self._server.log.last_seq:
                    self._progress.clear()
                    await self._progress.wait()

    def _note_first(self, events: Sequence[Event]) -> None:
        self._stop_looking()
        if not self._first.done():
            self._first.set_result(events[0].seq)

    async def _say_where(self, url: str) -> None:
        line = f"cpsl dev: {self._server.config.entry.text} at {url}\n".encode()
        if self._as_json:
            # Standard output is for the machine: every line of it is an event.
            await LinePrinter(_descriptor(sys.stderr)).write(line)
        else:
            await self._printer.write(line)

    def _encode(self, item: list[Event] | Gap) -> bytes:
        if isinstance(item, Gap):
            return b""
        if self._as_json:
            return b"".join(_json_line(event.to_json()) for event in item)
        lines = [line for event in item for line in self._text_lines(event)]
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return "".join(lines).encode(encoding, "backslashreplace")

    def _text_lines(self, event: Event) -> list[str]:
        lines = [f"{_describe(event)}\n"]
        if event.kind == "reload.succeeded" and not self._is_ready:
            self._is_ready = True
            lines.append(f"cpsl dev: ready at {safe_text(self._server.url or '')}\n")
        return lines


def _describe(event: Event) -> str:
    """Return an event in words; by its kind alone where they fail, as others are still to come."""
    try:
        return describe_event(event.to_json())
    except Exception:
        logger.exception("The event %d (%s) cannot be described", event.seq, event.kind)
        return safe_text(event.kind, newlines=False)


def _json_line(value: JsonObject) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _descriptor(stream: object) -> int | None:
    """Return the descriptor of a stream; None if it was closed before the program began."""
    try:
        number = stream.fileno()  # type: ignore[attr-defined] # anything may stand there
    except (AttributeError, OSError, ValueError):
        return None
    return int(number)
