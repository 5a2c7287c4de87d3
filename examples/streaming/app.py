"""A streaming app: its "model" is a small Markov chain over `corpus.txt`, local and offline."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import cpsl

from chain import Chain

# Read while the app loads, so saving the file reloads the app, as saving a module does.
CORPUS = Path(__file__).with_name("corpus.txt").read_text("utf-8")
SECONDS_PER_WORD = 0.02

app = cpsl.App(name="offline-storyteller", image=cpsl.Image())
chain = Chain(CORPUS)


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    """Tell two sentences, the first of which begins with a word of the message."""
    first = chain.known_word(msg.text)
    if first is None:
        await session.reply(f"Give me a word to begin with, such as {chain.example()!r}.")
        return
    await session.notify("Thinking…", detail=f"beginning with {first!r}")
    story = await session.stream_reply_from(words_slowly(first))
    session.data["words_told"] = session.data.get("words_told", 0) + len(story.split())


async def words_slowly(first: str) -> AsyncIterator[str]:
    """Yield the words of a story as a model would: one by one, with a pause before each."""
    for number, word in enumerate(chain.story(first)):
        await asyncio.sleep(SECONDS_PER_WORD)
        yield f" {word}" if number else word.capitalize()
