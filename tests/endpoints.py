"""A real dev server with a real app behind a real socket, talked to byte by byte."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

from cpsl.records import JsonObject
from cpsl_dev.config import Config, find_entry, with_settings
from cpsl_dev.core_thread import CoreThread
from cpsl_dev.debug.endpoint import DebugEndpoint
from cpsl_dev.server import DevServer

APP = """
import asyncio
import os

import cpsl

app = cpsl.App(name="echo", image=cpsl.Image())


@app.exit()
async def leave(session):
    print("left", session.id)


@app.message()
async def handle(session, message):
    word, _, rest = message.text.partition(" ")
    if word == "boom":
        raise ValueError(rest)
    if word == "wait":
        await asyncio.sleep(30)
    if word == "chunks":
        async with session.stream_reply() as reply:
            for number in range(int(rest)):
                reply.write(f"{number} ")
        return
    if word == "environ":
        await session.reply("\\n".join(f"{k}={v}" for k, v in os.environ.items()))
        return
    if word == "approve":
        await session.reply(str(await session.prompt_approval("sure?")))
        return
    if word == "upload":
        upload = await session.prompt_file()
        await session.reply(f"{upload.name} {upload.size}")
        return
    if word == "picture":
        picture = await session.media.image(b"<svg/>", filename=rest)
        await session.reply(picture["src"])
        return
    session.data["count"] = session.data.get("count", 0) + 1
    await session.reply(f"echo {message.text}")
"""
TOKEN = "a-token-for-tests-0123456789"
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Answer:
    """What came back over a socket."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def kind(self) -> str:
        """The name of the problem that a problem document is about."""
        return str(self.json()["type"]).removeprefix("urn:cpsl:problem:")


class EventReader:
    """Reads server-sent events from an answer that does not end."""

    def __init__(self, response: http.client.HTTPResponse, sock: socket.socket) -> None:
        self.response = response
        self.sock = sock

    def next_block(self) -> list[str]:
        """Return the lines up to the next empty one; nothing once the stream has ended."""
        lines: list[str] = []
        while line := self.response.readline():
            if line == b"\n":
                if lines:
                    return lines
                continue
            lines.append(line.decode().rstrip("\n"))
        return lines

    def next_event(self) -> JsonObject:
        """Return the data of the next event, past comments."""
        while block := self.next_block():
            fields = dict(line.split(": ", 1) for line in block if not line.startswith(":"))
            if "data" in fields:
                data: JsonObject = orjson.loads(fields["data"])
                assert fields["id"] == str(data["seq"])
                assert fields["event"] == data["kind"]
                return data
        raise EOFError("the stream has ended")


class Served:
    """A dev server that runs, and ways to send it anything at all."""

    def __init__(self, core: CoreThread, endpoint: DebugEndpoint, config: Config) -> None:
        self.core = core
        self.endpoint = endpoint
        self.config = config
        self.token = endpoint.token
        self.port = int(endpoint.url.rpartition(":")[2])

    def call(self, function: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Ask the dev server itself."""

        async def run() -> Any:
            return await self.core.call(function, *args, **kwargs)

        return asyncio.run(run())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def head(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        *,
        token: bool = True,
    ) -> bytes:
        given = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        if token and self.token is not None:
            given.setdefault("Authorization", f"Bearer {self.token}")
        lines = [f"{method} {path} HTTP/1.1", *(f"{key}: {value}" for key, value in given.items())]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")

    def raw(self, data: bytes, method: str = "GET") -> Answer:
        """Send exactly these bytes; return the answer."""
        with self.connect() as sock:
            sock.sendall(data)
            return self.read_answer(sock, method)

    def read_answer(self, sock: socket.socket, method: str = "GET") -> Answer:
        response = http.client.HTTPResponse(sock, method=method)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        token: bool = True,
    ) -> Answer:
        """Send a request; a body that is not bytes becomes JSON."""
        given = dict(headers or {})
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else orjson.dumps(body)
            given.setdefault("Content-Type", "application/json")
            given.setdefault("Content-Length", str(len(data)))
        return self.raw(self.head(method, path, given, token=token) + data, method)

    def say(self, session_id: str, text: str) -> JsonObject:
        """Run one turn."""
        answer = self.ask("POST", f"/sessions/{session_id}/messages", {"text": text})
        assert answer.status == 200, answer.body
        turn: JsonObject = answer.json()
        return turn

    @contextmanager
    def stream(
        self,
        path: str = "/events",
        *,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[EventReader]:
        """Open a stream of events."""
        given = {"Accept": "text/event-stream", **(headers or {})}
        data = b""
        if body is not None:
            data = orjson.dumps(body)
            given |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
        with self.connect() as sock:
            sock.sendall(self.head(method, path, given) + data)
            response = http.client.HTTPResponse(sock)
            response.begin()
            assert response.status == 200, response.read()
            assert response.getheader("Content-Type") == "text/event-stream"
            try:
                yield EventReader(response, sock)
            finally:
                # It holds the socket open, whatever the socket is told.
                response.close()

    def connections(self) -> int:
        """How many connections the endpoint has."""
        running = self.endpoint._running
        assert running is not None
        return len(running.connections.connections)

    def record(self, kind: str, **fields: Any) -> None:
        """Have something happen."""
        self.core.post(lambda: self.core.server.record(kind, fields))

    def state(self) -> Any:
        """What a refused request must not have changed."""
        sessions = self.call(self.core.server.sessions)
        return [(session.id, session.turns, session.updated_at) for session in sessions]


class Serve(Protocol):
    """Starts one more server, with settings of its own."""

    def __call__(self, **settings: Any) -> Served: ...


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what is about to become true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.01)


@contextmanager
def running_endpoint(folder: Path, data_dir: Path, settings: dict[str, Any]) -> Iterator[Served]:
    """Run a server and its endpoint on an app; the app is loaded."""
    config = Config(entry=find_entry("app.py", folder), data_dir=data_dir, port=0, token=TOKEN)
    config = with_settings(config, settings)
    endpoints: list[DebugEndpoint] = []

    async def beside(server: DevServer) -> Callable[[], Awaitable[None]]:
        endpoint = DebugEndpoint(server, config)
        await endpoint.start()
        endpoints.append(endpoint)
        return endpoint.stop

    core = CoreThread(config, beside)
    core.start()
    try:
        wait_until(lambda: bool(endpoints))
        served = Served(core, endpoints[0], config)
        served.call(core.server.ready)
        yield served
    finally:
        core.stop(10)
