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


ASKING = """
    import asyncio

    import cpsl

    app = cpsl.App(name="asking", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        word, _, rest = message.text.partition(" ")
        if word == "approve":
            approved = await session.prompt_approval(
                rest, approve_label="Ship it", timeout=float(0.5 if rest == "soon" else 60)
            )
            await session.reply(f"approved: {approved}")
        elif word == "two":
            answers = await asyncio.gather(
                session.prompt_approval("First?"), session.prompt_approval("Second?")
            )
            await session.reply(f"both: {answers}")
        elif word == "file":
            upload = await session.prompt_file(message="Which list?", accept=".csv")
            await session.reply(f"got {upload.name} of {upload.size}")
        elif word == "token":
            account = await session.require_integration("github", reason="To read.")
            await session.reply(f"token of {len(account.access_token)}")
        elif word == "keys":
            account = await session.require_integration("aws", reason="To list.")
            await session.reply(f"region {account.fields['region']}")
        elif word == "odd":
            payload = {"blocking": True, "message": [1], "approve_label": {"a": None}}
            await session.show(cpsl.Block("approval_prompt", payload, "odd"))
            await session.reply("shown")
        else:
            await session.reply("echo " + message.text)
"""


@pytest.fixture
def asking(make_app: MakeApp) -> Path:
    """The folder of an app that asks."""
    return make_app(ASKING, {"lists/one.csv": "1,2"})
