"""Tests of handing over what only one process can hold, with real workers and a real port."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cpsl_dev.server import DevServer
from tests.servers import ask, running, wait_for_event, write_app

APP = """
import socket

import cpsl

VERSION = "v0"
PORT = {port}
app = cpsl.App(name="port", image=cpsl.Image())
held = []


@app.boot()
async def boot():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", PORT))
    server.listen()
    held.append(server)


@app.shutdown()
async def shutdown():
    held.pop().close()


@app.message()
async def handle(session, message):
    await session.reply(f"{{VERSION}} {{len(held)}}")
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def save(folder: Path, text: str) -> None:
    part = folder / ".part"
    part.write_text(text, "utf-8")
    part.replace(folder / "app.py")


async def reply(server: DevServer) -> str:
    turn = await ask(server, "?")
    return turn.replies[0].text


async def test_the_next_generation_gets_the_port(tmp_path: Path, port: int) -> None:
    text = APP.format(port=port)
    folder = write_app(tmp_path / "project", text)
    async with running(folder) as server:
        assert await reply(server) == "v0 1"
        for number in (1, 2):
            await wait_for_event(server, "reload.succeeded")
            mark = server.log.last_seq

            save(folder, text.replace("v0", f"v{number}"))
            ended = await wait_for_event(server, "reload.succeeded", after=mark)

            note = "booted again, as the generation before held what it needs"
            assert note in ended.fields["notes"]
            assert await reply(server) == f"v{number} 1"


async def test_the_last_generation_boots_again_where_the_next_one_fails(
    tmp_path: Path, port: int
) -> None:
    text = APP.format(port=port)
    folder = write_app(tmp_path / "project", text)
    async with running(folder) as server:
        await wait_for_event(server, "reload.succeeded")
        mark = server.log.last_seq

        save(folder, text.replace("    held.append(server)", "    1 / 0"))
        ended = await wait_for_event(server, "reload.failed", after=mark)

        assert ended.fields["error"]["type"] == "ZeroDivisionError"
        assert "the generation before has booted again" in ended.fields["notes"]
        assert await reply(server) == "v0 1"


async def test_without_a_shutdown_hook_the_way_out_is_said(tmp_path: Path, port: int) -> None:
    text = APP.format(port=port).replace("@app.shutdown()\n", "")
    folder = write_app(tmp_path / "project", text)
    async with running(folder) as server:
        await wait_for_event(server, "reload.succeeded")
        mark = server.log.last_seq

        save(folder, text.replace("v0", "v1"))
        ended = await wait_for_event(server, "reload.failed", after=mark)

        message = ended.fields["error"]["message"]
        assert "in use" in message
        assert message.endswith(
            "(the generation that serves holds it and has no shutdown hook: "
            "give the app one (@app.shutdown()) that closes what the boot hook opens)"
        )
        assert await reply(server) == "v0 1"


async def test_a_port_of_another_program_is_a_plain_failure(tmp_path: Path, port: int) -> None:
    text = APP.format(port=port)
    folder = write_app(tmp_path / "project", text.replace("server.bind(", "(lambda _: None)("))
    async with running(folder) as server:
        await wait_for_event(server, "reload.succeeded")
        with socket.socket() as other:
            other.bind(("127.0.0.1", port))
            other.listen()
            mark = server.log.last_seq

            save(folder, text)
            ended = await wait_for_event(server, "reload.failed", after=mark)

        assert "in use" in ended.fields["error"]["message"]
        assert "the generation before has booted again" in ended.fields["notes"]
        assert await reply(server) == "v0 1"
