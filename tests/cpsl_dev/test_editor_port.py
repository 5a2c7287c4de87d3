"""Tests of an editor that attaches with debugpy, speaking its protocol (DAP) as one would."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from cpsl_dev.exceptions import UsageError
from cpsl_dev.server import DevServer
from tests.debug_adapter import Editor
from tests.servers import ask, finished, running, wait_for_event, write_app

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


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP)


async def test_an_editor_stops_in_a_handler_and_again_after_a_reload(
    folder: Path, port: int
) -> None:
    file = folder / "app.py"
    async with running(folder, debugpy_port=port) as server:
        told = await wait_for_event(server, "debugger.listening")
        editor = await Editor.connect(port)
        await editor.attach(file, LINE)
        turn = await server.send("s1", "hello", source="http")
        first = await editor.look("number")
        done = await finished(server, turn)
        await change(server, file)
        detached = await wait_for_event(server, "debugger.detached")
        again = await Editor.connect(port)
        await again.attach(file, LINE)
        turn = await server.send("s1", "hello", source="http")
        second = await again.look("number")
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
        line, value = await editor.look("number")
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
