"""The app of the rehearsal: in shape like most apps, of no other use."""

import cpsl_rehearsed_part  # type: ignore[import-not-found]  # its folder is on the path then

import cpsl

app = cpsl.App(name="rehearsal", image=cpsl.Image())


@app.boot()
async def boot() -> None:
    """Do nothing, as most boots do."""


@app.message()
async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
    """Use what most handlers use."""
    session.data["turns"] = session.data.get("turns", 0) + 1
    await session.reply(cpsl_rehearsed_part.answer(message.text))
    async with session.stream_reply() as reply:
        reply.write("a")
        reply.write("b")
