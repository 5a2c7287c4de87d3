"""Tests of `breakpoint()` in an app that a real server runs."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from cpsl.records import TurnRecord
from cpsl_dev import debugger as module
from cpsl_dev.debugger import Pause
from cpsl_dev.exceptions import NotPaused
from cpsl_dev.server import DevServer
from tests.pseudo_terminals import NearSide
from tests.servers import ask, finished, running, wait_for_event, wait_until, write_app

APP = """
    import cpsl

    app = cpsl.App(name="stops", image=cpsl.Image())


    @app.message()
    async def handle(session, message):
        if message.text != "stop":
            await session.reply("echo")
            return
        number = 41
        breakpoint()
        number += 1
        await session.reply(f"number {number}")
"""
PLAIN_APP = """
    import asyncio

    import cpsl

    app = cpsl.App(name="stops", image=cpsl.Image())


    @app.message()
    def handle(session, message):
        if message.text == "stop":
            breakpoint()
        asyncio.run(session.reply("echo"))
"""
LINE = 13
SAID = (
    f"breakpoint() at app.py:{LINE} needs the screen of `cpsl dev`; "
    f"run without --headless, or use --debugpy."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP)


class Screen:
    """A front end with a terminal."""

    def __init__(self, server: DevServer) -> None:
        self.server = server
        self.pauses: asyncio.Queue[Pause] = asyncio.Queue()
        self.remove = server.debugger.offer(self.pauses.put_nowait)

    async def stop(self, *, session_id: str = "s1") -> tuple[TurnRecord, Pause]:
        """Send a message whose handler stops."""
        turn = await self.server.send(session_id, "stop", source="http")
        async with asyncio.timeout(15):
            return turn, await self.pauses.get()

    async def attach(self, pause: Pause) -> NearSide:
        near = NearSide(await self.server.debugger.attach(pause.pid))
        await asyncio.to_thread(near.until, "(Pdb) ")
        return near


async def test_without_a_screen_the_turn_fails_with_the_way_out(server: DevServer) -> None:
    turn = await ask(server, "stop")
    after = await ask(server, "hello")

    assert turn.error is not None
    assert (turn.error.type, turn.error.message) == ("RuntimeError", SAID)
    assert turn.error.text == "breakpoint()"
    assert after.status == "done"


async def test_the_screen_gets_a_prompt_and_the_turn_goes_on(server: DevServer) -> None:
    screen = Screen(server)
    turn, pause = await screen.stop()

    with await screen.attach(pause) as near:
        near.press("number = 1\n")
        await asyncio.to_thread(near.until, "(Pdb) ")
        near.press("c\n")
        ended = await finished(server, turn)
        is_over = await asyncio.to_thread(near.is_over)

    assert (pause.file, pause.line, pause.text) == ("app.py", 13, "breakpoint()")
    assert (pause.session_id, pause.turn) == ("s1", turn.turn)
    assert ended.replies[0].text == "number 2"
    assert is_over
    paused = await wait_for_event(server, "worker.paused")
    resumed = await wait_for_event(server, "worker.resumed")
    assert paused.fields == {
        "pid": pause.pid,
        "file": "app.py",
        "line": 13,
        "text": "breakpoint()",
    }
    assert (paused.session_id, paused.turn) == ("s1", turn.turn)
    assert resumed.fields == {"pid": pause.pid}
    assert server.debugger.pauses == []


async def test_a_stop_is_no_block_and_the_server_answers(server: DevServer) -> None:
    screen = Screen(server)
    turn, pause = await screen.stop()
    with await screen.attach(pause) as near:
        started = time.monotonic()
        status = server.status()
        took = time.monotonic() - started
        # Longer than what counts as a stuck loop.
        await asyncio.sleep(0.9)
        near.press("c\n")
        await finished(server, turn)
    await ask(server, "hello")

    assert took < 0.25
    assert status["state"] == "ready"
    assert server.debugger.pauses == []
    assert await server.events(kinds=["worker.blocked"]) == []


async def test_quit_fails_the_turn_only(server: DevServer) -> None:
    screen = Screen(server)
    turn, pause = await screen.stop()
    with await screen.attach(pause) as near:
        near.press("q\n")
        ended = await finished(server, turn)

    assert ended.error is not None
    assert ended.error.message == "the debugger was left with quit"
    assert (await ask(server, "hello")).status == "done"


async def test_a_screen_that_leaves_ends_the_turn(server: DevServer) -> None:
    screen = Screen(server)
    turn, pause = await screen.stop()
    near = await screen.attach(pause)

    near.close()

    assert (await finished(server, turn)).status == "failed"


async def test_nobody_who_takes_over_in_time_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ATTACH_SECONDS", 0.05)
    async with running(folder) as server:
        screen = Screen(server)
        turn, pause = await screen.stop()
        ended = await finished(server, turn)

        assert ended.error is not None
        assert ended.error.message == (
            "breakpoint() at app.py:13 stopped, and the screen did not take over within 0.05 s."
        )
        with pytest.raises(NotPaused, match=f"Process {pause.pid} has not stopped"):
            await server.debugger.attach(pause.pid)


async def test_a_screen_that_takes_its_offer_back_is_not_asked(server: DevServer) -> None:
    screen = Screen(server)

    screen.remove()
    screen.remove()

    assert (await ask(server, "stop")).status == "failed"
    assert screen.pauses.empty()


async def test_a_stop_is_attached_to_once(server: DevServer) -> None:
    screen = Screen(server)
    turn, pause = await screen.stop()

    with await screen.attach(pause) as near:
        with pytest.raises(NotPaused):
            await server.debugger.attach(pause.pid)
        near.press("c\n")
        await finished(server, turn)


async def test_a_cancelled_turn_does_not_stay_at_its_breakpoint(server: DevServer) -> None:
    screen = Screen(server)
    turn, pause = await screen.stop()
    with await screen.attach(pause) as near:
        ended = await server.cancel_turn("s1", turn.turn)
        is_over = await asyncio.to_thread(near.is_over)
    after = await ask(server, "hello")

    assert ended.status == "interrupted"
    assert is_over
    # The worker let go by itself: it was not replaced.
    assert after.generation == 1


async def test_a_reload_frees_what_has_stopped(folder: Path) -> None:
    async with running(folder, drain_timeout_seconds=60.0) as server:
        screen = Screen(server)
        turn, pause = await screen.stop()
        with await screen.attach(pause) as near:
            (folder / "app.py").write_text((folder / "app.py").read_text() + "\n# new\n")
            ended = await finished(server, turn)
            is_over = await asyncio.to_thread(near.is_over)
        after = await ask(server, "hello")

    assert ended.status == "interrupted"
    assert is_over
    assert after.generation == 2


async def test_a_plain_handler_stops_in_its_thread_and_others_go_on(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "plain", PLAIN_APP)
    async with running(folder) as server:
        screen = Screen(server)
        turn, pause = await screen.stop()
        with await screen.attach(pause) as near:
            other = await ask(server, "hello", session_id="s2")
            near.press("c\n")
            ended = await finished(server, turn)

    assert other.status == "done"
    assert ended.replies[0].text == "echo"


async def test_a_worker_that_dies_has_stopped_no_longer(server: DevServer) -> None:
    screen = Screen(server)
    _, pause = await screen.stop()
    worker = next(item for item in server._supervisor.workers if item.pid == pause.pid)

    worker.kill()

    await wait_until(lambda: server.debugger.pauses == [], what="the pause is forgotten")
    with pytest.raises(NotPaused):
        await server.debugger.attach(pause.pid)
