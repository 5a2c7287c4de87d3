"""The first chat app: a notebook that keeps what it is told in `session.data`."""

import cpsl

app = cpsl.App(name="session-notebook", image=cpsl.Image())


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    """Answer one message: remember, list or forget notes."""
    notes = session.data.setdefault("notes", [])
    command, _, rest = msg.text.strip().partition(" ")
    match command.lower():
        case "remember" if rest:
            notes.append(rest)
            await session.reply(f"Saved note #{len(notes)}: {rest}")
        case "notes":
            await session.reply(as_list(notes))
        case "forget":
            await session.reply(forget(notes, rest))
        case _:
            await session.reply("Try `remember TEXT`, `notes` or `forget NUMBER`.")


def as_list(notes: list[str]) -> str:
    """Return the notes as a Markdown list."""
    if not notes:
        return "There are no notes yet."
    return "\n".join(f"{number}. {note}" for number, note in enumerate(notes, start=1))


def forget(notes: list[str], number: str) -> str:
    """Remove a note by its number and say so."""
    if not number.isdecimal() or not 0 < int(number) <= len(notes):
        return f"There is no note {number!r}."
    return f"Forgot: {notes.pop(int(number) - 1)}"
