"""Dev servers for tests: apps written to disk, servers that run them, events waited for.

    async with running(folder) as server:
        turn = await ask(server, "hello")
        event = await wait_for_event(server, "reload.succeeded", after=server.log.last_seq)

Every wait has a deadline; what did not come is named, with the newest events.
"""

from __future__ import annotations

import asyncio
import os
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cpsl.records import TurnRecord
from cpsl_dev.config import Config, find_entry
from cpsl_dev.event_log import Event
from cpsl_dev.server import DevServer

# Generous: a busy machine must not fail a test that would pass on a quiet one.
DEADLINE_SECONDS = 15.0

ECHO_APP = """
    import cpsl

    app = cpsl.App(name="echo", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply(f"echo {message.text}")
"""


def write_app(folder: Path, text: str = ECHO_APP, files: Mapping[str, str] | None = None) -> Path:
    """Write `app.py`, and what else is named, into a folder; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"app.py": text, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content), "utf-8")
    return folder


def make_config(folder: Path, **settings: Any) -> Config:
    """Return the configuration for `app.py` in a folder; `settings` are those of `Config`."""
    values: dict[str, Any] = {
        "entry": find_entry("app.py", folder),
        "data_dir": folder / ".cpsl",
        "load_timeout_seconds": 20.0,
        **settings,
    }
    return Config(**values)


@asynccontextmanager
async def running(folder: Path, **settings: Any) -> AsyncIterator[DevServer]:
    """Run a server on `app.py` in a folder; its first load is over, well or not."""
    server = DevServer(make_config(folder, **settings))
    await server.start()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await server.ready()
        yield server
    finally:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await server.stop()


async def ask(server: DevServer, text: str, *, session_id: str = "s1") -> TurnRecord:
    """Send a message and return its turn once that is over."""
    taken = await server.send(session_id, text, source="http")
    return await finished(server, taken)


async def finished(server: DevServer, turn: TurnRecord) -> TurnRecord:
    """Return a turn once it is over."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        return await server.wait_turn(turn.session_id, turn.turn)


async def wait_for_event(
    server: DevServer,
    kind: str,
    *,
    after: int = 0,
    where: Callable[[Event], bool] = lambda event: True,
    timeout_seconds: float = DEADLINE_SECONDS,
) -> Event:
    """Return the first event of a kind above the number `after`, waiting until it is there."""
    with server.log.subscribe(100_000) as live:
        batch = [event for event in server.log.recent(100_000) if event.seq > after]
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    for event in batch:
                        if event.kind == kind and event.seq > after and where(event):
                            return event
                    batch = await anext(live)
        except TimeoutError:
            newest = [(event.seq, event.kind, event.fields) for event in server.log.recent(15)]
            raise AssertionError(f"no {kind} came; the newest events are {newest}") from None


async def wait_until(
    holds: Callable[[], object], *, timeout_seconds: float = DEADLINE_SECONDS, what: str = ""
) -> None:
    """Wait until `holds()` is true; for what no event tells."""
    deadline = time.monotonic() + timeout_seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come true within {timeout_seconds:g} s: {what}")
        await asyncio.sleep(0.005)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead but not reaped does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        pass
    if os.path.isdir("/proc/self"):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
