"""Apps for the tests of the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeApp

NOTEBOOK = """
    import asyncio

    import cpsl

    app = cpsl.App(name="notebook", image=cpsl.Image())
    go = asyncio.Event()


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        text = message.text
        if text == "fail":
            raise KeyError("no such note")
        if text == "wait":
            await session.notify("Thinking")
            await asyncio.sleep(60)
        if text == "stream":
            async with session.stream_reply() as reply:
                for number in range(2_000):
                    reply.write(f"word{number} ")
                reply.write("**the end**")
            return
        if text == "print":
            for number in range(5_000):
                print("printed", number)
        if text == "evil":
            print(EVIL)
            session.data[EVIL] = EVIL
            await session.notify(EVIL)
            await session.reply(EVIL + " &#27;[2J [x](javascript:alert(1))")
            await session.show(cpsl.Block(type=EVIL, payload={EVIL: EVIL}))
            raise RuntimeError(EVIL)
        notes = session.data.setdefault("notes", [])
        notes.append(text)
        await session.reply(f"Saved note #{len(notes)}: **{text}**")


    EVIL = (
        "\\x1b]52;c;aGFja2Vk\\x07\\x1b]0;owned\\x07\\x1b[2J\\x9b2J\\x1bc\\u202e\\u200b"
        "[@click=app.quit]x[/] [/]"
    )
"""


@pytest.fixture
def notebook(make_app: MakeApp) -> Path:
    """The folder of an app that keeps notes, fails, waits, streams, prints and attacks."""
    return make_app(NOTEBOOK)
