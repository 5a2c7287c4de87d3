"""One HTTP connection: aiohttp's, with a limit on its head and problem documents as errors."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from cpsl.concurrency import spawn
from cpsl_dev.debug.answers import problem_answer
from cpsl_dev.debug.problems import Problem

logger = logging.getLogger(__name__)

T = TypeVar("T")

HEAD_TIMEOUT_SECONDS = 10.0
KEEPALIVE_TIMEOUT_SECONDS = 75.0
LINGERING_SECONDS = 2.0
DEAD_AFTER_SECONDS = 30.0
MAX_CONNECTIONS = 1_000


class Connection(web.RequestHandler):
    """Reads requests and writes answers, and gives up on a client that sends its head too slowly.

    `gone` is done once the client has left, which a stream waits for.
    """

    def __init__(self, manager: web.Server, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            manager,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # off, as aiohttp documents it
            logger=logger,
            keepalive_timeout=KEEPALIVE_TIMEOUT_SECONDS,
            lingering_time=LINGERING_SECONDS,
            # A small body can hold a huge one: `bodies` unpacks with a limit.
            auto_decompress=False,
        )
        self.gone: asyncio.Future[None] = loop.create_future()
        self._neighbours = manager
        self._head_timer: asyncio.TimerHandle | None = None
        self._has_request = False
        self._has_bytes = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head; turn the client away if there are too many."""
        super().connection_made(transport)
        if len(self._neighbours.connections) > MAX_CONNECTIONS:
            logger.warning("More than %d connections: one was turned away.", MAX_CONNECTIONS)
            self.force_close()
            return
        _notice_death(transport)
        self._await_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell who waits for it that the client has left."""
        self._stop_clock()
        task = None if self._has_request else self._task_handler
        super().connection_lost(exc)
        if task is not None:
            # Else it would go on waiting for the rest of a body that cannot come any more.
            task.cancel()
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Time the head of a request that follows on the same connection, too."""
        if data:
            self._has_bytes = True
            if self._head_timer is None and not self._has_request:
                self._await_head()
        super().data_received(data)

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Stop the clock while a request is handled: its head is there."""
        self._stop_clock()
        self._has_request = True
        try:
            yield
        finally:
            self._has_request = False

    async def while_here(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of `work`, which is given up if the client leaves.

        Raises:
            ConnectionResetError: it has left.
        """
        task = spawn(work, name="work for a client")
        try:
            await asyncio.wait([task, self.gone], return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise ConnectionResetError("The client has left.")
            result: T = task.result()
            return result
        finally:
            task.cancel()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or what no handler has caught, with a problem document."""
        self._stop_clock()
        if request.writer.output_size > 0:
            raise ConnectionError("The answer has begun: it cannot become another.")
        if status == 500:
            logger.error("A request failed in the dev server", exc_info=exc)
            detail = "This is a fault of the dev server, not of your app. Its log says more."
            return problem_answer(Problem("bug", detail, closes=True))
        if isinstance(exc, LineTooLong):
            detail = "A line of the request's head is too long: 8,190 bytes are taken."
            return problem_answer(Problem("headers-too-large", detail, closes=True))
        detail = "The request cannot be read as HTTP/1.1."
        return problem_answer(Problem("malformed-request", detail, closes=True))

    def _await_head(self) -> None:
        self._head_timer = self._loop.call_later(HEAD_TIMEOUT_SECONDS, self._give_up)

    def _stop_clock(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if self.transport is not None and self._has_bytes:
            detail = f"The head of the request took over {HEAD_TIMEOUT_SECONDS:g} seconds."
            self.transport.write(_raw(Problem("too-slow", detail)))
        self.force_close()


def _notice_death(transport: asyncio.BaseTransport) -> None:
    """Let the operating system end a connection whose other side no longer acknowledges."""
    sock = transport.get_extra_info("socket")
    if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = int(DEAD_AFTER_SECONDS * 1_000)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def _raw(problem: Problem) -> bytes:
    """Write an answer where there is no request yet that aiohttp could answer."""
    response = problem_answer(problem)
    assert isinstance(response.body, bytes)
    headers = {**response.headers, "Content-Length": str(len(response.body))}
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    head = f"HTTP/1.1 {response.status} {response.reason}\r\n{''.join(lines)}"
    return f"{head}Connection: close\r\n\r\n".encode() + response.body
