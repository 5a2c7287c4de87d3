"""An app that keeps notes, for tests that go back in a session and try turns again."""

from __future__ import annotations

import textwrap
from pathlib import Path

from cpsl.records import JsonObject
from cpsl_dev.server import DevServer
from tests.servers import ask, finished, wait_for_event

APP = """
    import asyncio

    import cpsl

    app = cpsl.App(name="notes", image=cpsl.Image())
    VERSION = 1


    @app.enter()
    async def enter(session):
        session.data["entered"] = True
        await session.reply("welcome")


    @app.message()
    async def handle(session, message):
        notes = session.data.setdefault("notes", [])
        if message.text == "wait":
            await session.notify("waiting")
            await asyncio.sleep(60)
        elif message.text == "boom":
            raise ValueError("it broke")
        elif message.text == "title":
            await session.set_title(f"{len(notes)} notes")
        elif message.text == "approve":
            await session.reply(str(await session.prompt_approval("sure?")))
        elif message.text == "connect":
            await session.reply((await session.require_integration("github")).access_token)
        elif message.text == "file":
            upload = await session.prompt_file()
            await session.reply(f"{upload.name} {upload.size}")
        elif message.text == "step":
            await session.show_step("Step", detail=f"version {VERSION}")
        else:
            notes.append(message.text)
            await session.reply(f"v{VERSION} note {len(notes)}")
"""


async def ask_each(server: DevServer, *messages: str) -> None:
    """Send messages, each when the turn before is over."""
    for text in messages:
        await ask(server, text)


async def change_code(server: DevServer, folder: Path) -> None:
    """Make the app version 2, and wait until that serves."""
    after = server.log.last_seq
    text = textwrap.dedent(APP).replace("VERSION = 1", "VERSION = 2")
    (folder / "app.py").write_text(text, "utf-8")
    await wait_for_event(server, "reload.succeeded", after=after)


async def notes(server: DevServer, session_id: str = "s1") -> object:
    return (await server.session(session_id)).data.get("notes")


async def texts(server: DevServer, session_id: str = "s1") -> list[str]:
    return [entry.text for entry in (await server.session(session_id)).history]


async def answer(server: DevServer, text: str, reply: JsonObject) -> None:
    """Send a message whose handler asks, and answer it."""
    after = server.log.last_seq
    turn = await server.send("s1", text, source="http")
    shown = await wait_for_event(server, "block.shown", after=after)
    await server.answer_block("s1", shown.fields["id"], reply)
    assert (await finished(server, turn)).status == "done"
