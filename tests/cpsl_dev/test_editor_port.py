"""Tests of an editor that attaches with debugpy, speaking its protocol (DAP) as one would."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import orjson
import pytest

from cpsl_dev.exceptions import UsageError
from cpsl_dev.server import DevServer
from tests.servers import DEADLINE_SECONDS, ask, finished, running, wait_for_event, write_app

APP = """
    import cpsl

    app = cpsl.App(name="edited", image=cpsl.Image())


    @app.message()
    async def handle(session, message):
        number = 41
        if message.text == "stop":
            breakpoint()
        number += 1
        await session.reply(f"number {number}")
"""
LINE = 12
# The first start of debugpy takes long on a busy machine.
PATIENCE_SECONDS = 3 * DEADLINE_SECONDS


class Editor:
    """Speaks the debug adapter protocol."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._seen: list[dict[str, Any]] = []

    @classmethod
    async def connect(cls, port: int) -> Editor:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(self, command: str, arguments: Any = None) -> int:
        self._number += 1
        request = {"seq": self._number, "type": "request", "command": command}
        body = orjson.dumps({**request, "arguments": arguments or {}})
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._number

    async def call(self, command: str, arguments: Any = None) -> dict[str, Any]:
        number = self.send(command, arguments)
        answer = await self.wait(lambda item: item.get("request_seq") == number)
        assert answer["success"], answer
        body: dict[str, Any] = answer.get("body") or {}
        return body

    async def event(self, name: str) -> dict[str, Any]:
        found = await self.wait(lambda item: item.get("event") == name)
        body: dict[str, Any] = found.get("body") or {}
        return body

    async def wait(self, is_wanted: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for item in self._seen:
                    if is_wanted(item):
                        self._seen.remove(item)
                        return item
                self._seen.append(await self._read())

    async def attach(self, file: Path, *lines: int) -> None:
        """Attach, with breakpoints in a file."""
        await self.call("initialize", {"adapterID": "test", "clientID": "test"})
        attaching = self.send("attach", {"justMyCode": True})
        await self.event("initialized")
        points = [{"line": line} for line in lines]
        await self.call("setBreakpoints", {"source": {"path": str(file)}, "breakpoints": points})
        await self.call("configurationDone")
        await self.wait(lambda item: item.get("request_seq") == attaching)

    def close(self) -> None:
        self._writer.close()

    async def _read(self) -> dict[str, Any]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.partition(b":")[2].split()[0])
        message: dict[str, Any] = orjson.loads(await self._reader.readexactly(length))
        return message


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP)


async def look(editor: Editor) -> tuple[int, str]:
    """Return the line that the editor has stopped at, and `number` there; then go on."""
    stopped = await editor.event("stopped")
    trace = await editor.call("stackTrace", {"threadId": stopped["threadId"]})
    frame = trace["stackFrames"][0]
    value = await editor.call("evaluate", {"expression": "number", "frameId": frame["id"]})
    await editor.call("continue", {"threadId": stopped["threadId"]})
    return (frame["line"], value["result"])


async def test_an_editor_stops_in_a_handler_and_again_after_a_reload(
    folder: Path, port: int
) -> None:
    file = folder / "app.py"
    async with running(folder, debugpy_port=port) as server:
        told = await wait_for_event(server, "debugger.listening")
        editor = await Editor.connect(port)
        await editor.attach(file, LINE)
        turn = await server.send("s1", "hello", source="http")
        first = await look(editor)
        done = await finished(server, turn)
        await change(server, file)
        detached = await wait_for_event(server, "debugger.detached")
        again = await Editor.connect(port)
        await again.attach(file, LINE)
        turn = await server.send("s1", "hello", source="http")
        second = await look(again)
        assert (await finished(server, turn)).generation == 2
        again.close()
        editor.close()
        blocked = await server.events(kinds=["worker.blocked"])

    assert told.fields == {"host": "127.0.0.1", "port": port}
    assert first == second == (LINE, "41")
    assert done.replies[0].text == "number 42"
    assert detached.fields["text"] == f"an editor can attach again at port {port}"
    assert blocked == []


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text("utf-8") + text, "utf-8")


async def change(server: DevServer, file: Path) -> None:
    after = server.log.last_seq
    await asyncio.to_thread(append, file, "\n# new\n")
    await wait_for_event(server, "reload.succeeded", after=after)


async def test_breakpoint_stops_in_the_editor_that_is_attached(folder: Path, port: int) -> None:
    async with running(folder, debugpy_port=port) as server:
        editor = await Editor.connect(port)
        await editor.attach(folder / "app.py")
        turn = await server.send("s1", "stop", source="http")
        line, value = await look(editor)
        ended = await finished(server, turn)
        editor.close()

    assert line in (LINE - 1, LINE)
    assert value == "41"
    assert ended.status == "done"


async def test_nothing_is_attached_before_an_editor_asks(folder: Path, port: int) -> None:
    async with running(folder, debugpy_port=port) as server:
        turn = await ask(server, "stop")
        told = await server.events(kinds=["debugger.*"])

    assert turn.error is not None
    assert "use --debugpy" in turn.error.message
    assert [event.kind for event in told] == ["debugger.listening"]


async def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        taken = sock.getsockname()[1]

        with pytest.raises(UsageError, match=f"Editors cannot attach at port {taken}: "):
            async with running(folder, debugpy_port=taken):
                pass

    # Nothing was left behind: the folder is free.
    async with running(folder):
        pass


async def test_an_editor_is_let_go_where_nothing_serves(tmp_path: Path, port: int) -> None:
    folder = write_app(tmp_path / "broken", "1 / 0")
    async with running(folder, debugpy_port=port) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        end = await reader.read()
        failed = await wait_for_event(server, "debugger.failed")
        writer.close()

    assert end == b""
    assert failed.fields["text"] == ("the editor cannot attach: no generation of the app serves")
