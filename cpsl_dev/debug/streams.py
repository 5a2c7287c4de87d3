"""Server-sent events: as many clients as there is room for, none of which is waited for."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from cpsl.clock import Clock, to_iso, utc_now
from cpsl.concurrency import spawn
from cpsl_dev.debug.answers import stream_answer
from cpsl_dev.debug.following import Gap, Selection, follow
from cpsl_dev.debug.problems import Problem
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import DevError

if TYPE_CHECKING:
    from cpsl_dev.debug.routing import Call
    from cpsl_dev.server import DevServer

logger = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 15.0
WRITE_TIMEOUT_SECONDS = 10.0
MAX_CLIENTS = 200
_KEPT_ENCODED = 2_048
_LONGEST_NAME = 100
_WRITE_BYTES = 128 * 1024
_LAST_OF_TURN = ("turn.finished", "turn.failed", "turn.interrupted")
# How soon a browser or a library connects again by itself.
_BEGINNING = b"retry: 1000\n\n"


Items = AsyncGenerator[list[Event] | Gap, None]


class Streams:
    """Every client that reads events as they happen.

    Args:
        server: Whose events.
        clock: Stamps the events that only a stream has.
    """

    def __init__(self, server: DevServer, *, clock: Clock = utc_now) -> None:
        self._server = server
        self._clock = clock
        self._encoder = EventEncoder()
        self._clients = 0
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every stream."""
        self._closing.set()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for one client: before anything is done for it that cannot be undone.

        Raises:
            Problem: there is none.
        """
        if self._closing.is_set():
            raise Problem("stopping", "The dev server is stopping.", closes=True)
        if self._clients >= MAX_CLIENTS:
            raise Problem(
                "too-many-clients",
                f"{MAX_CLIENTS} clients read events already. Close one of them.",
                headers={"Retry-After": "5"},
            )
        self._clients += 1
        try:
            yield
        finally:
            self._clients -= 1

    async def send_events(
        self, call: Call, selection: Selection, *, after: int | None
    ) -> web.StreamResponse:
        """Answer with the events above `after` (None: from now on), until the client leaves.

        Call it in a `place`.
        """
        newest = self._server.log.last_seq
        start = newest if after is None else min(after, newest)
        beginning = _BEGINNING
        if after is not None and after > newest:
            beginning += self._encode_own("stream.reset", newest, {})
        self._server.record("client.connected", {"client": _name_of(call.request)})
        items = follow(self._server, selection, after=start, cuts_off=True)
        return await self._serve(call, beginning, items)

    async def send_turn(
        self, call: Call, session_id: str, turn: int, *, after: int
    ) -> web.StreamResponse:
        """Answer with the events of one turn, the last of which ends the answer.

        Call it in a `place`.
        """
        selection = Selection(session_id=session_id, turn=turn)
        items = follow(self._server, selection, after=after)
        return await self._serve(call, _BEGINNING, _until_over(items))

    async def _serve(self, call: Call, beginning: bytes, items: Items) -> web.StreamResponse:
        response = stream_answer(headers=call.headers)
        await response.prepare(call.request)
        writer = _Writer(response)
        await self._run(call, writer, self._send(writer, beginning, items))
        return response

    async def _run(self, call: Call, writer: _Writer, sending: Coroutine[None, None, None]) -> None:
        """Send until all is sent, the client is gone or too slow, or the server stops."""
        tasks = [
            spawn(sending, name="send events"),
            spawn(writer.keep_alive(), name="keep a stream alive"),
            spawn(self._closing.wait(), name="wait for the end"),
        ]
        try:
            await asyncio.wait([*tasks, call.connection.gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for error in results:
            if isinstance(error, TimeoutError) and call.connection.transport is not None:
                # What is still to be written to a client that does not read is given up.
                call.connection.transport.abort()
            elif isinstance(error, DevError):
                logger.warning("A stream of events ended early: %s", error)
            elif isinstance(error, Exception) and not isinstance(error, ConnectionError):
                raise error

    async def _send(self, writer: _Writer, beginning: bytes, items: Items) -> None:
        async with aclosing(items):
            await writer.write(beginning)
            async for item in items:
                for data in self._encode(item):
                    await writer.write(data)

    def _encode(self, item: list[Event] | Gap) -> Iterator[bytes]:
        if isinstance(item, Gap):
            fields = {"from": item.first, "to": item.last}
            yield self._encode_own("stream.gap", item.last, fields)
            return
        yield from _joined(self._encoder.encode(event) for event in item)

    def _encode_own(self, kind: str, seq: int, fields: dict[str, int]) -> bytes:
        event = Event(seq, to_iso(self._clock()), kind, None, None, None, fields)
        return encode_event(event)


class EventEncoder:
    """Encodes each event once, however many clients read it."""

    def __init__(self, size: int = _KEPT_ENCODED) -> None:
        self._size = size
        self._encoded: OrderedDict[int, bytes] = OrderedDict()

    def encode(self, event: Event) -> bytes:
        """Return the event as it is sent."""
        data = self._encoded.get(event.seq)
        if data is None:
            data = self._encoded[event.seq] = encode_event(event)
            if len(self._encoded) > self._size:
                self._encoded.popitem(last=False)
        return data


def encode_event(event: Event) -> bytes:
    """Write an event as a server-sent event. JSON has no line break, so nobody can forge one."""
    data = orjson.dumps(event.to_json(), option=orjson.OPT_NON_STR_KEYS)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.kind.encode(), data)


class _Writer:
    """Writes to one client; gives up on it when it does not read."""

    def __init__(self, response: web.StreamResponse) -> None:
        self._response = response
        self._last_write = 0.0

    async def write(self, data: bytes) -> None:
        """Send `data`.

        Raises:
            TimeoutError: the client does not read.
            ConnectionError: the client is gone.
        """
        async with asyncio.timeout(WRITE_TIMEOUT_SECONDS):
            self._last_write = asyncio.get_running_loop().time()
            await self._response.write(data)

    async def keep_alive(self) -> None:
        """Send a comment whenever nothing was sent for a while; it also finds dead clients."""
        now = asyncio.get_running_loop().time
        self._last_write = now()
        while True:
            await asyncio.sleep(self._last_write + KEEP_ALIVE_SECONDS - now())
            if now() - self._last_write >= KEEP_ALIVE_SECONDS:
                await self.write(b": still here\n\n")


def _name_of(request: web.BaseRequest) -> str:
    name = request.headers.get("User-Agent", "unknown")
    return name[:_LONGEST_NAME].encode("utf-8", "replace").decode()


async def _until_over(
    items: Items,
) -> Items:
    async with aclosing(items):
        async for item in items:
            kinds = [] if isinstance(item, Gap) else [event.kind for event in item]
            last = next((at for at, kind in enumerate(kinds) if kind in _LAST_OF_TURN), None)
            if isinstance(item, Gap) or last is None:
                yield item
                continue
            yield item[: last + 1]
            return


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join small parts, so that many events cost one write; never gather many large ones."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _WRITE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
