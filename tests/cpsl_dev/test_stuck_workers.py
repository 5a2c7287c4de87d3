"""Tests of code that blocks the event loop: it is shown, and one call gets the app going again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from cpsl.records import TurnRecord
from cpsl_dev.server import DevServer
from tests.servers import ask, finished, is_alive, wait_for_event, wait_until, write_app

APP = """
    import cpsl

    app = cpsl.App(name="stuck", image=cpsl.Image())


    @app.message()
    async def handle(session, message):
        if message.text == "spin":
            await session.reply("begun")
            while True:
                pass
        await session.reply("echo")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP)


async def spin(server: DevServer) -> tuple[TurnRecord, int]:
    """Send a message whose handler never ends; return its turn and the worker's pid."""
    turn = await server.send("s1", "spin", source="http")
    blocked = await wait_for_event(server, "worker.blocked")
    assert blocked.fields["file"] == "app.py"
    return turn, blocked.fields["pid"]


async def test_a_cancelled_turn_that_spins_is_over_soon_and_the_next_message_answered(
    server: DevServer,
) -> None:
    turn, pid = await spin(server)
    started = time.monotonic()

    cancelled = await server.cancel_turn("s1", turn.turn)
    took = time.monotonic() - started
    following = await ask(server, "hello")

    assert cancelled.status == "interrupted"
    assert cancelled.replies[0].text == "begun"
    assert took < 4.0
    assert following.replies[0].text == "echo"
    await wait_until(lambda: not is_alive(pid), what="the stuck worker is gone")


async def test_a_restart_ends_what_spins_and_the_app_goes_on(
    server: DevServer, impatient: None
) -> None:
    turn, pid = await spin(server)

    outcome = await server.restart_worker()
    other = await ask(server, "hello", session_id="s2")
    ended = await finished(server, turn)
    following = await ask(server, "hello")

    assert outcome["outcome"] == "succeeded"
    assert other.status == "done"
    assert ended.status == "interrupted"
    assert following.status == "done"
    await wait_until(lambda: not is_alive(pid), what="the stuck worker is gone")


async def test_a_restart_with_broken_code_keeps_what_serves(
    server: DevServer, folder: Path
) -> None:
    await ask(server, "hello")
    before = server.status()["generation"]
    await asyncio.to_thread((folder / "app.py").write_text, "1 / 0")
    await wait_for_event(server, "reload.failed")

    outcome = await server.restart_worker()

    assert outcome["outcome"] == "failed"
    assert server.status()["generation"] == before
    assert (await ask(server, "hello")).status == "done"
