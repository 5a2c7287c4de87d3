"""How soon the screen shows a key that is pressed, under four loads, and how much memory it takes.

Keys go to the program in a real pseudo-terminal; a key is shown when its character comes back. Each
press is a letter that is on the screen nowhere else, and comes at a moment of its own.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pexpect

from cpsl.records import HistoryEntry, MessageRecord, ReplyRecord, TurnRecord, UserRecord
from cpsl.store import EventRow, NewSession, SqliteStore
from cpsl_dev.memory import resident_bytes
from tests.benchmarks.bench import Client, median, percentile, print_table, save, wait_ready

APP = """\
import asyncio
import time

import cpsl

app = cpsl.App(name="loads", image=cpsl.Image())


@app.message()
async def handle(session, message):
    what, _, count = message.text.partition(" ")
    if what == "chunks":
        began = time.perf_counter()
        async with session.stream_reply() as reply:
            for number in range(int(count)):
                reply.write(f"word{number} " if number % 12 else "\\n\\n- item ")
                ahead = began + number / 2_000 - time.perf_counter()
                if ahead > 0:
                    await asyncio.sleep(ahead)
    elif what == "lines":
        for number in range(int(count)):
            print("line", number)
            if number % 1_000 == 0:
                await asyncio.sleep(0)
    await session.reply("done")
"""
NOW = "2026-01-01T00:00:00.000Z"
# Cyrillic, Greek, Armenian, Georgian: nothing else on the screen is written so.
LETTERS = [
    chr(code) for start in (0x410, 0x391, 0x531, 0x10D0) for code in range(start, start + 17)
]
PRESSES = 60
MESSAGES = 100_000
EVENTS = 1_000_000
GOAL_MS, GOAL_MB = 50, 200

Prepare = Callable[[SqliteStore], None]


def main() -> None:
    """Print the table."""
    rows = [
        ["nothing", *measure("", lambda store: None)],
        ["2,000 chunks a second", *measure("chunks 60000", lambda store: None)],
        ["a million printed lines", *measure("lines 1000000", lambda store: None)],
        [f"{MESSAGES:,} messages", *measure("", add_messages)],
        [f"{EVENTS:,} events", *measure("", add_events)],
    ]
    print_table(
        f"Key to screen, {PRESSES} keys, 120 x 35",
        ["load", "median ms", "p95 ms", "worst ms", "goal p95", "memory MB", "goal MB"],
        [[*row[:4], GOAL_MS, row[4], GOAL_MB] for row in rows],
    )


def measure(message: str, prepare: Prepare) -> list[float]:
    """Return the median, the 95th percentile and the worst of the times, and the megabytes."""
    folder = Path(tempfile.mkdtemp(prefix="cpsl-bench-"))
    try:
        save(folder / "app.py", APP)
        with_store(folder, prepare)
        with screen(folder) as (child, seen):
            client = wait_ready(folder)
            time.sleep(1.0)
            if message:
                threading.Thread(target=_send, args=(client, message), daemon=True).start()
                time.sleep(1.0)
            times = [press(child, seen, letter) for letter in LETTERS[:PRESSES]]
            size = (resident_bytes(child.pid) or 0) / 1e6
        return [median(times), percentile(times, 0.95), max(times), size]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _send(client: Client, text: str) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):  # it ends with the program
        client.post("/sessions/load/messages", {"text": text})


def press(child: pexpect.spawn, seen: Seen, letter: str) -> float:
    """Press a key; return the milliseconds until it is shown."""
    time.sleep(random.uniform(0.05, 0.2))
    waits = seen.wait_for(letter)
    began = time.perf_counter()
    os.write(child.child_fd, letter.encode())
    if not waits.wait(10):
        raise RuntimeError(f"{letter!r} was never shown")
    return (seen.at - began) * 1_000


class Seen:
    """Reads what the program draws, all along, and notes when a letter comes."""

    def __init__(self, child: pexpect.spawn) -> None:
        self.at = 0.0
        self._child = child
        self._wanted = b"\0"
        self._found = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for(self, letter: str) -> threading.Event:
        """Return what is set once the letter is drawn."""
        self._found = threading.Event()
        self._wanted = letter.encode()
        return self._found

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = os.read(self._child.child_fd, 65_536)
            except OSError:
                return
            if self._wanted in rest + data and not self._found.is_set():
                self.at = time.perf_counter()
                self._found.set()
            rest = data[-3:]


@contextmanager
def screen(folder: Path) -> Iterator[tuple[pexpect.spawn, Seen]]:
    """Run the screen on a session called `load`."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    child = pexpect.spawn(
        sys.executable,
        ["-m", "cpsl_dev", "dev", "app.py", "--port", "0", "--session", "load"],
        cwd=str(folder),
        dimensions=(35, 120),
        env={**environment, "TERM": "xterm-256color"},
        timeout=20,
    )
    try:
        yield child, Seen(child)
    finally:
        child.terminate(force=True)


def with_store(folder: Path, prepare: Prepare) -> None:
    """Prepare what an earlier run would have left."""
    (folder / ".cpsl").mkdir()
    store = SqliteStore(folder / ".cpsl" / "state.db")
    with store.transaction():
        store.sessions.add(NewSession(id="load", user=UserRecord(id="dev")), now=NOW)
        prepare(store)
    store.close()


def add_messages(store: SqliteStore) -> None:
    """Add turns of one message and one reply each."""
    for number in range(1, MESSAGES // 2 + 1):
        message = MessageRecord(text=f"message {number}", timestamp=NOW)
        store.turns.add("load", message, now=NOW)
        record = TurnRecord(
            session_id="load",
            turn=number,
            generation=1,
            status="done",
            message=message,
            replies=[ReplyRecord(text=f"*reply* to {number}", streamed=False)],
            duration_ms=1.0,
        )
        store.turns.finish(record, {})
        entries = [
            HistoryEntry(
                index=0, sender=who, text=text, channel_type="chat", timestamp=NOW, turn=number
            )
            for who, text in (("user", message.text), ("app", f"*reply* to {number}"))
        ]
        store.sessions.say("load", entries)


def add_events(store: SqliteStore) -> None:
    """Fill the event log."""
    fields = orjson.dumps({"stream": "stdout", "text": "a line that was printed\n"}).decode()
    store.events.append(
        EventRow(number, NOW, "output.written", 1, "load", 1, fields)
        for number in range(1, EVENTS + 1)
    )


if __name__ == "__main__":
    main()
