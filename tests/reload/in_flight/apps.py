"""Apps for what is under way during a reload: the fixture of `project.py` with more acts, and
apps of their own for what the fixture cannot hold.
"""

from __future__ import annotations

from tests.reload import project

MORE_ACTS = '''

async def stream(session, argument, main):
    """Stream so many chunks, one each 20 ms."""
    async with session.stream_reply() as reply:
        for number in range(int(argument)):
            reply.write(f"{main}:{number} ")
            await asyncio.sleep(0.02)


async def gated(session, argument, main):
    """Stream 50 chunks; all after the tenth only once a file is there."""
    async with session.stream_reply() as reply:
        for number in range(50):
            reply.write(f"{main}:{number} ")
            await asyncio.sleep(0.005)
            while number == 9 and not os.path.exists("uploads/go"):
                await asyncio.sleep(0.01)


async def echo(session, argument, main):
    await session.reply(f"{main} {argument}")


async def item(session, argument, main):
    """Add to a list in the data, at a key that nobody else changes."""
    session.data.setdefault("items", []).append(argument)
    await session.reply(main)


async def wait(session, argument, main):
    """Wait on a socket that nobody writes to, as a client without a timeout does."""
    import socket

    ours, theirs = socket.socketpair()
    ours.recv(1)


async def handler(session, argument, main):
    """Take SIGTERM, as servers do that mean to end later."""
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass


async def mute(session, argument, main):
    """Ignore what can be ignored, and never let go."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


async def tasks(session, argument, main):
    """Leave two tasks in the background: one tidies up for a while, one never lets go."""

    async def run(name, tidy_seconds):
        try:
            while True:
                await asyncio.sleep(0.01)
        finally:
            await asyncio.sleep(tidy_seconds)
            with open("background.log", "a") as log:
                log.write(f"{main} {name}\\n")

    acts_tasks.append(asyncio.create_task(run("tidy", 0.1)))
    acts_tasks.append(asyncio.create_task(run("never", 3600)))
    await asyncio.sleep(0.02)
    await session.reply("started")


async def family(session, argument, main):
    """Start every kind of child; reply their ids, and how many files this process has open."""
    import multiprocessing

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    shell = "sleep 3600 >&- & echo $!; setsid sleep 3600 >&- & echo $!"
    lost = subprocess.run(["sh", "-c", shell], stdout=subprocess.PIPE, text=True, timeout=10)
    process = multiprocessing.Process(target=time.sleep, args=(3600,))
    process.start()
    pids = [
        subprocess.Popen(["sleep", "3600"]).pid,
        subprocess.Popen(["sleep", "3600"], process_group=0, **quiet).pid,
        subprocess.Popen(["sleep", "3600"], start_new_session=True, **quiet).pid,
        process.pid,
    ]
    await session.reply(" ".join([*map(str, pids), *lost.stdout.split()]))


async def say(session, argument, main):
    """Say something in every way there is."""
    import logging
    import warnings

    libc = ctypes.CDLL(None)
    print(f"print {main}")
    logging.getLogger("fixture").warning("log %s", main)
    warnings.warn(f"warning {main}", UserWarning, stacklevel=1)
    print(f"error {main}", file=sys.stderr)
    await asyncio.to_thread(print, f"thread {main}")
    libc.puts(f"libc {main}".encode())
    libc.fflush(None)
    subprocess.run(["echo", f"child {main}"])
    os.write(1, f"write {main}\\n".encode())
    print("\\x1b[2J\\x1b[1;1Hdrawn")
    await session.reply("said")


ACTS.update(
    {
        act.__name__: act
        for act in (
            stream, gated, echo, item, wait, handler, mute, tasks, family, say,
        )
    }
)
'''

FILES = {**project.FILES, "acts.py": project.ACTS + MORE_ACTS}

# What only one process can hold: a port, and a lock on a database.
PORT_APP = """\
import asyncio
import os
import sqlite3

import cpsl

MAIN = "m0"

app = cpsl.App(name="port", image=cpsl.Image())
held = {}


async def serve(reader, writer):
    writer.write(MAIN.encode())
    writer.close()


@app.boot()
async def boot():
    held["server"] = await asyncio.start_server(
        serve, "127.0.0.1", int(os.environ["FIXTURE_PORT"])
    )
    held["database"] = sqlite3.connect("app.db", timeout=0.1)
    held["database"].execute("PRAGMA locking_mode=EXCLUSIVE")
    held["database"].execute("CREATE TABLE IF NOT EXISTS boots (main)")
    held["database"].execute("INSERT INTO boots VALUES (?)", (MAIN,))
    held["database"].commit()


@app.shutdown()
async def shutdown():
    held["server"].close()
    held["database"].close()


@app.message()
async def handle(session, msg):
    await session.reply(f"main={MAIN} {len(os.listdir('/proc/self/fd'))}")
"""

WITHOUT_SHUTDOWN = PORT_APP.replace("@app.shutdown()\n", "")

# A boot that lasts until a file is there.
SLOW_BOOT_APP = """\
import asyncio
from pathlib import Path

import cpsl

MAIN = "m0"
SLOW = False

app = cpsl.App(name="slow-boot", image=cpsl.Image())


@app.boot()
async def boot():
    with open("boot.log", "a") as log:
        log.write(f"{MAIN}\\n")
    while SLOW and not Path("uploads/go").is_file():
        await asyncio.sleep(0.01)


@app.message()
async def handle(session, msg):
    await session.reply(f"main={MAIN}")
"""

# What a second run in the same process would break or double.
REGISTRY_APP = """\
import atexit
import codecs
import logging
import sys

import click
import registry
import cpsl

MAIN = "m0"

REQUESTS = registry.Counter("requests_total")
logger = logging.getLogger("fixture")
logger.setLevel(logging.INFO)
logger.addHandler(logging.StreamHandler(sys.stdout))
logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
codecs.register(lambda name: None)
atexit.register(lambda: None)


@click.group()
def commands():
    pass


@commands.command("run")
def run():
    pass


class Model(registry.Base):
    __tablename__ = "models"


app = cpsl.App(name="registries", image=cpsl.Image())


@app.message()
async def handle(session, msg):
    logger.info("line of %s", MAIN)
    await session.reply(f"main={MAIN} registered={len(registry.KNOWN)}")
"""

# A library with a global registry, as those of metrics and of database tables have.
REGISTRY_LIBRARY = """\
KNOWN = set()


def register(name):
    if name in KNOWN:
        raise ValueError(f"Duplicated timeseries in CollectorRegistry: {name}")
    KNOWN.add(name)


class Counter:
    def __init__(self, name):
        register(name)


class Base:
    def __init_subclass__(cls):
        register(cls.__tablename__)
"""

# An import that takes as long as the test wants.
SLOW_IMPORT_LINES = """
import time
from pathlib import Path as _Path

while not _Path("uploads/go").is_file():
    time.sleep(0.01)
"""
