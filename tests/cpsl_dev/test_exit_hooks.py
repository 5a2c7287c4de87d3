"""Tests of the app's exit hook, for a session that is about to go."""

from __future__ import annotations

import pytest

from cpsl_dev.exceptions import SessionNotFound
from cpsl_dev.server import DevServer
from tests.conftest import RunServer
from tests.servers import ask, wait_for_event

LEAVING = """
    import asyncio
    import os

    import cpsl

    app = cpsl.App(name="leaving", image=cpsl.Image())


    @app.exit()
    async def leave(session: cpsl.Session) -> None:
        print("left with", session.data, [entry.text for entry in session.history])
        session.data["left"] = True
        await session.reply("bye")
        if session.id == "raises":
            raise ValueError("cannot leave")
        if session.id == "exits":
            raise SystemExit(3)
        if session.id == "stays":
            await asyncio.sleep(1000)
        if session.id == "crashes":
            os._exit(1)


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        session.data["said"] = message.text
        if message.text == "wait":
            await session.reply("waiting")
            await asyncio.sleep(1000)
"""


async def printed(server: DevServer, session: str, text: str) -> None:
    """Wait until a session has printed a text."""
    await wait_for_event(
        server,
        "output.written",
        where=lambda event: event.session_id == session and text in event.fields["text"],
    )


async def test_the_exit_hook_runs_before_a_session_is_deleted(
    dev_server: RunServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.exit_hooks._LIMIT_SECONDS", 0.5)
    async with dev_server(LEAVING) as server:
        await ask(server, "hello", session_id="calm")
        await server.delete_session("calm")
        await printed(server, "calm", "left with {'said': 'hello'} ['hello']")
        kinds = [event.kind for event in await server.events(session_id="calm")]
        assert kinds.index("output.written") < kinds.index("session.closed")
        with pytest.raises(SessionNotFound):
            await server.session("calm")

        # One that runs is ended first, and its hook runs all the same.
        held = await server.send("running", "wait", source="http")
        await wait_for_event(server, "reply.sent", where=lambda event: event.turn == held.turn)
        await server.delete_session("running")
        await printed(server, "running", "left with {'said': 'wait'}")

        # Whatever the hook does, the session goes.
        for session, text in [
            ("raises", "ValueError: cannot leave"),
            ("exits", "SystemExit: 3"),
            ("stays", "The exit hook did not finish within 0.5 s."),
            ("crashes", "left with {'said': 'hello'}"),
        ]:
            await ask(server, "hello", session_id=session)
            await server.delete_session(session)
            await printed(server, session, text)
            with pytest.raises(SessionNotFound):
                await server.session(session)
        assert (await ask(server, "on", session_id="after")).status == "done"


async def test_without_a_generation_a_session_goes_without_its_hook(
    dev_server: RunServer,
) -> None:
    async with dev_server("1/0") as server:
        await server.create_session(session_id="s")

        await server.delete_session("s")

        with pytest.raises(SessionNotFound):
            await server.session("s")
