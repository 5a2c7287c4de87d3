"""The project that the rows of `reload.md` are tried on: files as text, put back after each row.

Its handler answers with the version of every source that it depends on. Each version is one
character longer than its name, as in `MAIN = "m0"`, so that an edit can keep the size.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

APP = """\
import os
from pathlib import Path

import acts
import cpsl
import helper
from helper import greet
from pkg import S

MAIN = "m0"
PROMPT = Path("prompt.txt").read_text().strip()

app = cpsl.App(name="fixture", image=cpsl.Image())


@app.boot()
async def boot():
    with open("boot.log", "a") as log:
        log.write(f"{MAIN}\\n")


@app.message()
async def handle(session, msg):
    name, _, argument = msg.text.partition(" ")
    if name in acts.ACTS:
        await acts.ACTS[name](session, argument, MAIN)
        return
    variable = os.environ.get("FIXTURE_VARIABLE", "none")
    await session.reply(
        f"main={MAIN} h={helper.H} greet={greet()} s={S} prompt={PROMPT} env={variable}"
    )
"""

HELPER = """\
H = "h0"


def greet():
    return "g0"
"""

ACTS = '''\
"""What a handler can do to make a reload hard."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

import cpsl

COUNT = {"messages": 0}


async def count(session, argument, main):
    COUNT["messages"] += 1
    session.data["messages"] = session.data.get("messages", 0) + 1
    await session.reply(f"module={COUNT['messages']} session={session.data['messages']}")


async def slow(session, argument, main):
    """Stream so many chunks, one each 50 ms."""
    async with session.stream_reply() as reply:
        for number in range(int(argument)):
            reply.write(f"{main}:{number} ")
            await asyncio.sleep(0.05)


async def fail(session, argument, main):
    raise RuntimeError(f"asked to fail by {main}")


async def spin(session, argument, main):
    while True:
        pass


async def sleep(session, argument, main):
    time.sleep(float(argument))


async def hold(session, argument, main):
    """Call into C for so many seconds without letting any other thread run."""
    ctypes.PyDLL(None).sleep(int(argument))


async def deaf(session, argument, main):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass


async def threads(session, argument, main):
    """Start a daemon thread and one that is none; both write as long as they live."""

    def write(name):
        while True:
            with open("threads.log", "a") as log:
                log.write(f"{main} {name}\\n")
            time.sleep(0.05)

    for daemon in (True, False):
        threading.Thread(target=write, args=(str(daemon),), daemon=daemon).start()
    await session.reply("started")


async def background(session, argument, main):
    async def run():
        try:
            await asyncio.sleep(3600)
        finally:
            with open("background.log", "a") as log:
                log.write(f"{main} ended\\n")

    task = asyncio.create_task(run())
    acts_tasks.append(task)
    await session.reply("started")


acts_tasks = []


async def processes(session, argument, main):
    """Start children: a plain one, one with a group and one with a session of its own."""
    command = [sys.executable, "-c", "import time; time.sleep(3600)"]
    plain = subprocess.Popen(command)
    group = subprocess.Popen(command, process_group=0)
    shell = subprocess.Popen(["sh", "-c", "sleep 3600 & wait"])
    await session.reply(f"{plain.pid} {group.pid} {shell.pid}")


async def data(session, argument, main):
    name, _, value = argument.partition("=")
    session.data[name] = value
    await session.reply(str(sorted(session.data.items())))


async def files(session, argument, main):
    """Write what apps write beside themselves."""
    import sqlite3

    with sqlite3.connect("app.db") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()
    with open("app.log", "a") as log:
        log.write("line\\n")
    os.makedirs("uploads", exist_ok=True)
    with open(f"uploads/{argument}.txt", "w") as upload:
        upload.write(argument)
    with open("export.json", "w") as export:
        export.write("{}")
    await session.reply("written")


async def lazy(session, argument, main):
    import later

    await session.reply(f"later={later.VALUE}")


async def ask(session, argument, main):
    await session.reply(input("? "))


async def pause(session, argument, main):
    breakpoint()
    await session.reply("went on")


async def variable(session, argument, main):
    await session.reply(repr(os.environ.get(argument)))


async def where(session, argument, main):
    await session.reply(f"{os.getpid()} {os.getcwd()}")


ACTS = {
    act.__name__: act
    for act in (
        count, slow, fail, spin, sleep, hold, deaf, threads, background, processes, data, files,
        lazy, ask, pause, variable, where,
    )
}
'''

FILES = {
    "app.py": APP,
    "helper.py": HELPER,
    "acts.py": ACTS,
    "pkg/__init__.py": "from pkg.sub import S\n",
    "pkg/sub.py": 'S = "s0"\n',
    "prompt.txt": "p0\n",
}


class Project:
    """A folder with an app, and what the app is made of."""

    def __init__(
        self, folder: Path, files: dict[str, str] | None = None, *, keeps_others: bool = False
    ) -> None:
        self.folder = folder
        self.keeps_others = keeps_others
        self.original = dict(FILES if files is None else files)
        # What the running code should have been made from; None: not known to the test.
        self.sources: set[str] | None = set(self.original)
        self.restore()

    def path(self, name: str) -> Path:
        return self.folder / name

    def read(self, name: str) -> str:
        return self.path(name).read_text("utf-8")

    def write(self, name: str, text: str) -> None:
        """Write a file in place, as `>` in a shell does."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def save(self, name: str, text: str) -> None:
        """Write a new file and rename it over the old one, as editors do."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, "utf-8")
        os.replace(part, path)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a piece of text in a file."""
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.save(name, text.replace(old, new))

    def remove(self, name: str) -> None:
        path = self.path(name)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def restore(self) -> bool:
        """Put every file back as it was, remove what was not there; return whether any was so."""
        self.folder.mkdir(parents=True, exist_ok=True)
        is_changed = False
        kept = {".cpsl", *self.original}
        kept |= {str(parent) for name in self.original for parent in Path(name).parents}
        for path in sorted(self.folder.rglob("*"), reverse=True):
            name = str(path.relative_to(self.folder))
            if not self.keeps_others and name not in kept and not name.startswith(".cpsl/"):
                self.remove(name)
                is_changed = True
        for name, text in self.original.items():
            path = self.path(name)
            if path.is_symlink() or not path.is_file() or self.read(name) != text:
                path.unlink(missing_ok=True)
                self.save(name, text)
                is_changed = True
        self.sources = set(self.original)
        return is_changed

    def code_hash(self) -> str | None:
        """Return the hash that the running code should have; None when the test cannot know."""
        if self.sources is None:
            return None
        return code_hash(self.folder, self.sources)


def code_hash(folder: Path, names: Iterable[str]) -> str:
    """Return the hash of sources, as the description of `GET /status` defines it."""
    lines = []
    for name in names:
        path = folder / name
        if path.is_file():
            lines.append(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    return f"sha256:{hashlib.sha256(''.join(sorted(lines)).encode()).hexdigest()}"
