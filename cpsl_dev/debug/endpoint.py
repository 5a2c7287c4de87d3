"""The endpoint's life: listen, answer, stop."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass

from aiohttp import web

from cpsl.version import __version__
from cpsl_dev.config import Config
from cpsl_dev.debug.binding import listen, parse_host
from cpsl_dev.debug.connection import Connection
from cpsl_dev.debug.discovery import (
    RunningServer,
    make_token,
    read_token,
    remove_running,
    write_running,
)
from cpsl_dev.debug.dispatcher import Dispatcher
from cpsl_dev.debug.guard import Guard, own_hosts
from cpsl_dev.debug.openapi import describe
from cpsl_dev.debug.refusals import Refusals
from cpsl_dev.debug.routes import ROUTES
from cpsl_dev.debug.routing import Router
from cpsl_dev.debug.streams import Streams
from cpsl_dev.exceptions import DevError
from cpsl_dev.server import DevServer

logger = logging.getLogger(__name__)

# How long answers that are under way may take when the endpoint stops.
STOP_TIMEOUT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Running:
    """What there is while the endpoint listens."""

    sockets: asyncio.Server
    connections: web.Server
    streams: Streams


class DebugEndpoint:
    """The dev server over HTTP. Lives on the loop of the `DevServer` that it fronts.

    Args:
        server: What is asked when a request comes in.
        config: Where to listen, and whom to let in.
    """

    def __init__(self, server: DevServer, config: Config) -> None:
        self.url = ""
        self.token = _token_of(config)
        self.router = Router(ROUTES)
        self._server = server
        self._config = config
        self._running: _Running | None = None

    async def start(self) -> str:
        """Listen, write `.cpsl/dev.json`, and return the url.

        Raises:
            UsageError: the address or the port cannot be used.
            StoreUnavailable: the file cannot be written.
        """
        loop = asyncio.get_running_loop()
        address = parse_host(self._config.host)
        listener = listen(address, self._config.port)
        port = listener.getsockname()[1]
        self.url = self._server.url = address.url(port)
        streams = Streams(self._server)
        dispatcher = Dispatcher(
            self._server,
            self.router,
            guard=Guard(
                token=self.token,
                hosts=own_hosts(address, port, self._config.allow_hosts),
                origins=self._config.allow_origins,
            ),
            refusals=Refusals(self._server.record, now=loop.time),
            streams=streams,
            openapi=lambda: describe(ROUTES, url=self.url, version=__version__),
            max_body_bytes=self._config.max_body_bytes,
        )
        manager = web.Server(dispatcher.answer)
        sockets = await loop.create_server(lambda: Connection(manager, loop=loop), sock=listener)
        self._running = _Running(sockets, manager, streams)
        try:
            self._tell_where()
        except DevError:
            await self.stop()
            raise
        return self.url

    async def stop(self) -> None:
        """Stop listening, end every stream, and let short answers finish."""
        running, self._running = self._running, None
        if running is None:
            return
        remove_running(self._config.data_dir, os.getpid())
        running.sockets.close()
        running.streams.close()
        running.connections.pre_shutdown()
        await running.connections.shutdown(STOP_TIMEOUT_SECONDS)

    def _tell_where(self) -> None:
        server = RunningServer(
            url=self.url, token=self.token, pid=os.getpid(), entry=self._config.entry.text
        )
        write_running(self._config.data_dir, server)


def _token_of(config: Config) -> str | None:
    if not config.auth:
        return None
    if config.token_file is not None:
        return read_token(config.token_file)
    return config.token or make_token()
