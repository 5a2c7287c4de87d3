"""A chat app of several files: each command is a function in the package `commands`."""

import cpsl

import commands
from routing import CommandFailed, Router

app = cpsl.App(name="command-router", image=cpsl.Image())
router = Router()
commands.register(router)


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    """Run the command that a message names, and answer what it returns."""
    try:
        await session.reply(router.run(msg.text))
    except CommandFailed as error:
        await session.reply(f"**{error}** Type `help` for what there is.")
