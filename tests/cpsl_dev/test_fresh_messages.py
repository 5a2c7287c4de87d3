"""Tests of messages right after a save: which code answers them, with a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cpsl_dev import turn_runs
from cpsl_dev.exceptions import CodeNotLive
from cpsl_dev.server import DevServer
from tests.servers import DEADLINE_SECONDS, ask, running, wait_for_event, wait_until, write_app

APP = """
import cpsl
import helper

app = cpsl.App(name="fixture", image=cpsl.Image())


@app.message()
async def handle(session, message):
    await session.reply(helper.H)
"""
SLOW = "import time\ntime.sleep({seconds})\n"


def make(folder: Path) -> Path:
    return write_app(folder / "project", APP, {"helper.py": 'H = "h0"\n'})


def save(folder: Path, text: str) -> None:
    part = folder / ".helper.part"
    part.write_text(text, "utf-8")
    part.replace(folder / "helper.py")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let messages wait longer than the slowest machine takes to load the app."""
    monkeypatch.setattr(turn_runs, "_NEW_CODE_SECONDS", DEADLINE_SECONDS)


async def begin_load(server: DevServer, folder: Path, text: str, *, seconds: float) -> None:
    """Save a helper that takes so long to import; return once it is being loaded."""
    mark = server.log.last_seq
    save(folder, SLOW.format(seconds=seconds) + text)
    await wait_for_event(server, "reload.started", after=mark)


async def answer(server: DevServer) -> str:
    return "".join(reply.text for reply in (await ask(server, "?")).replies)


async def test_the_code_on_the_disk_is_waited_for_from_the_moment_of_the_save(
    tmp_path: Path,
) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        for number in range(1, 6):
            save(folder, f'H = "h{number}"\n')
            await server.catch_up()

            assert await answer(server) == f"h{number}"


async def test_it_is_waited_for_as_long_as_it_takes(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        save(folder, SLOW.format(seconds=0.6) + 'H = "h1"\n')
        await server.catch_up()

        assert await answer(server) == "h1"


async def test_nothing_is_waited_for_where_nothing_was_saved(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        mark = server.log.last_seq
        async with asyncio.timeout(1.0):
            await server.catch_up()

        assert not [
            event
            for event in server.log.recent(100)
            if event.seq > mark and event.kind == "reload.started" and event.generation == 1
        ]


async def test_code_that_does_not_load_is_told_with_its_place(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        save(folder, 'H = "h1"\nx = (\n')

        with pytest.raises(CodeNotLive) as caught:
            await server.catch_up()

        assert str(caught.value) == (
            "The code on the disk is not live: SyntaxError: '(' was never closed "
            "(helper.py, line 2). Nothing was taken. "
            "Mend it, or send without fresh: the last good code, if there is one, answers then."
        )
        assert await answer(server) == "h0"
        save(folder, 'H = "h2"\n')
        await server.catch_up()
        assert await answer(server) == "h2"


async def test_where_reloading_is_off_a_save_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder, reload=False) as server:
        await server.catch_up()
        save(folder, 'H = "h1"\n')

        with pytest.raises(CodeNotLive, match=r"helper\.py changed, and reloading is off\. .* Ask"):
            await server.catch_up()


async def test_a_change_that_is_taken_back_is_not_waited_for(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        # Empty, as in the middle of being written: this is not loaded at once.
        (folder / "helper.py").write_text("")
        waiting = asyncio.ensure_future(server.catch_up())
        done, _ = await asyncio.wait({waiting}, timeout=0.15)
        assert not done

        (folder / "helper.py").write_text('H = "h0"\n')
        async with asyncio.timeout(5.0):
            await waiting

        assert await answer(server) == "h0"


@pytest.mark.usefixtures("patient")
async def test_a_message_waits_a_moment_for_code_that_is_being_loaded(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        assert await answer(server) == "h0"
        await begin_load(server, folder, 'H = "h1"\n', seconds=0.1)
        assert server.status()["generation"] == 1

        assert await answer(server) == "h1"


async def test_a_message_does_not_wait_for_an_app_that_takes_long_to_load(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        assert await answer(server) == "h0"
        await begin_load(server, folder, 'H = "h1"\n', seconds=60)

        assert await answer(server) == "h0"

        assert server.status()["state"] == "reloading"


@pytest.mark.usefixtures("patient")
async def test_a_message_goes_on_with_the_old_code_once_the_new_has_failed(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        assert await answer(server) == "h0"
        await begin_load(server, folder, "x = (\n", seconds=0.1)

        async with asyncio.timeout(DEADLINE_SECONDS / 2):
            assert await answer(server) == "h0"

        assert server.status()["state"] == "failed"


@pytest.mark.usefixtures("patient")
async def test_a_message_that_waits_for_new_code_can_be_cancelled(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        assert await answer(server) == "h0"
        await begin_load(server, folder, 'H = "h1"\n', seconds=60)

        taken = await server.send("s1", "?", source="http")
        ended = await server.cancel_turn("s1", taken.turn)

        assert (ended.status, ended.replies) == ("interrupted", [])


@pytest.mark.usefixtures("patient")
async def test_messages_that_wait_for_new_code_keep_their_order(tmp_path: Path) -> None:
    folder = make(tmp_path)
    async with running(folder) as server:
        await begin_load(server, folder, 'H = "h1"\n', seconds=0.1)

        taken = [await server.send("s1", f"{number}", source="http") for number in range(5)]
        await server.wait_turn("s1", taken[-1].turn)

        history = (await server.session("s1")).history
        assert [entry.text for entry in history if entry.sender == "user"] == list("01234")
        assert {entry.text for entry in history if entry.sender != "user"} == {"h1"}
        await wait_until(lambda: server.status()["generation"] == 2)
