"""Tests of what a dev server survives: damage, a full disk, being killed, running out of files."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from cpsl.records import JsonObject
from cpsl.store import StoreTooNew
from cpsl_dev.exceptions import StoreUnavailable
from cpsl_dev.server import DevServer
from cpsl_dev.state_dir import StateDir
from tests.conftest import MakeApp, RunServer
from tests.limits import descriptors_used_up, disk_full
from tests.servers import (
    ECHO_APP,
    ask,
    finished,
    is_alive,
    make_config,
    running,
    wait_for_event,
    wait_until,
    write_app,
)
from tests.toolbox import TOOLBOX


async def test_a_store_from_the_future_is_refused_and_nothing_is_left_behind(
    make_app: MakeApp,
) -> None:
    folder = make_app(ECHO_APP)
    async with running(folder):
        pass
    set_version(folder, 99)
    server = DevServer(make_config(folder))

    with pytest.raises(StoreTooNew):
        await server.start()

    assert server.status()["workers"] == []
    lock = StateDir(folder / ".cpsl")
    lock.acquire()
    lock.release()
    set_version(folder, 1)
    async with running(folder) as again:
        assert (await ask(again, "hi")).status == "done"


def set_version(folder: Path, number: int) -> None:
    connection = sqlite3.connect(folder / ".cpsl" / "state.db")
    connection.execute(f"PRAGMA user_version = {number}")
    connection.close()


async def test_a_store_that_cannot_be_opened_is_said_and_nothing_is_left_behind(
    make_app: MakeApp,
) -> None:
    folder = make_app(ECHO_APP)
    (folder / ".cpsl" / "state.db").mkdir(parents=True)
    server = DevServer(make_config(folder))

    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await server.start()

    (folder / ".cpsl" / "state.db").rmdir()
    async with running(folder) as again:
        assert (await ask(again, "hi")).status == "done"


async def test_a_damaged_store_is_moved_aside_and_that_stays_visible(make_app: MakeApp) -> None:
    folder = make_app(ECHO_APP)
    (folder / ".cpsl").mkdir()
    (folder / ".cpsl" / "state.db").write_bytes(b"garbage" * 2_000)

    async with running(folder) as server:
        assert (await ask(server, "hi")).status == "done"
        await server.reload()

        assert server.status()["warnings"] == [
            "The state was damaged and is kept as state.db.damaged-1; a new one was begun."
        ]
        assert (folder / ".cpsl" / "state.db.damaged-1").exists()


async def test_a_full_disk_refuses_messages_and_everything_goes_on_once_there_is_room(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app(TOOLBOX)
    async with dev_server(folder) as server:
        await ask(server, "count")
        held = await server.send("held", "wait held", source="http")
        await wait_for_event(server, "reply.sent", where=lambda event: event.session_id == "held")

        with disk_full(folder / ".cpsl" / "state.db"):
            for text in ("one", "two"):
                with pytest.raises(StoreUnavailable, match="cannot be written"):
                    await server.send("s1", f"echo {text}", source="http")
            with pytest.raises(StoreUnavailable):
                await server.create_session(session_id="new")
            with pytest.raises(StoreUnavailable):
                await server.patch_data("s1", {"a": 1})
            assert server.status()["state"] == "ready"
            assert len((await server.session("s1")).history) == 2

        event = await wait_for_event(server, "store.recovered")
        assert event.seq == 1 + (await wait_for_event(server, "store.failed")).seq
        await ask(server, "open held", session_id="opener")
        assert (await finished(server, held)).status == "done"
        assert [reply.text for reply in (await ask(server, "count")).replies] == ["2 2"]
        assert len(await server.turns("s1")) == 2
        events = await server.events(limit=10_000)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))


async def test_a_turn_that_ends_while_the_disk_is_full_is_stored_once_there_is_room(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app(TOOLBOX)
    async with dev_server(folder) as server:
        held = await server.send("s1", "block 0.3", source="http")
        await wait_for_event(server, "turn.started")

        with disk_full(folder / ".cpsl" / "state.db"):
            await asyncio.wait({asyncio.ensure_future(server.wait_turn("s1", 1))}, timeout=0.8)
            assert (await server.turn("s1", held.turn)).status == "running"

        assert (await finished(server, held)).status == "done"


CHILD = """
import asyncio
import sys
from pathlib import Path

import orjson

from cpsl_dev.config import Config, find_entry
from cpsl_dev.server import DevServer


def tell(**values):
    print(orjson.dumps(values).decode(), flush=True)


async def main(folder):
    server = DevServer(Config(entry=find_entry("app.py", folder), data_dir=folder / ".cpsl"))
    await server.start()
    await server.ready()
    server.log.add_listener(lambda events: [tell(**event.to_json()) for event in events])
    tell(kind="ready", workers=[worker["pid"] for worker in server.status()["workers"]])
    for line in sys.stdin:
        session_id, _, text = line.strip().partition(" ")
        await server.send(session_id, text, source="http")
        tell(kind="acknowledged", text=text)
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
"""


class Child:
    """A server in a process of its own, which can be killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.told: list[JsonObject] = []

    async def send(self, *messages: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{text}\n" for text in messages).encode())
        self.process.stdin.write_eof()

    async def wait_for(self, kind: str, text: str | None = None) -> JsonObject:
        assert self.process.stdout is not None
        async with asyncio.timeout(15):
            while True:
                for event in self.told:
                    if event["kind"] == kind and text in (None, event.get("text")):
                        return event
                line = await self.process.stdout.readline()
                assert line, f"no {kind} came"
                self.told.append(orjson.loads(line))

    async def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def child(folder: Path) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(folder), stdin=-1, stdout=-1
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder = write_app(tmp_path, TOOLBOX)
    async with child(folder) as killed:
        ready = await killed.wait_for("ready")
        await killed.send(
            'one set {"n": 1}',
            "one count",
            "one chunks half answer never",
            "one echo b",
            "two count",
        )
        await killed.wait_for("acknowledged", "echo b")
        await killed.wait_for("reply.chunk", "answer ")
        last = (await killed.wait_for("reply.sent", "1 0"))["seq"]

        await killed.kill()

    await wait_until(
        lambda: not any(is_alive(pid) for pid in ready["workers"]),
        timeout_seconds=3,
        what="the workers end with their supervisor",
    )
    async with running(folder) as server:
        turns = await server.turns("one")
        assert [(turn.turn, turn.status) for turn in turns] == [
            (1, "done"),
            (2, "done"),
            (3, "interrupted"),
            (4, "interrupted"),
        ]
        assert [reply.text for reply in turns[2].replies] == ["half answer "]
        history = (await server.session("one")).history
        assert [(entry.sender, entry.text) for entry in history] == [
            ("user", 'set {"n": 1}'),
            ("user", "count"),
            ("app", "2 1"),
            ("user", "chunks half answer never"),
            ("app", "half answer "),
            ("user", "echo b"),
        ]
        assert [entry.index for entry in history] == list(range(6))
        events = await server.events(limit=10_000)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert len(events) > last
        interrupted = [event for event in events if event.kind == "turn.interrupted"]
        assert {event.fields["reason"] for event in interrupted} <= {"the dev server ended"}
        assert [event.turn for event in interrupted if event.session_id == "one"] == [3, 4]
        # The next message works, in the data that was stored.
        after = await ask(server, "count", session_id="one")
        assert [reply.text for reply in after.replies] == ["3 6"]
        assert after.turn == 5


async def test_a_worker_that_spins_ends_with_its_supervisor_too(tmp_path: Path) -> None:
    folder = write_app(tmp_path, TOOLBOX)
    async with child(folder) as killed:
        ready = await killed.wait_for("ready")
        await killed.send("one spin")
        await killed.wait_for("reply.sent", "spinning")

        await killed.kill()

    await wait_until(lambda: not any(is_alive(pid) for pid in ready["workers"]), timeout_seconds=3)


@pytest.mark.parametrize("left", [0, 3, 6])
async def test_a_server_out_of_descriptors_says_so_and_recovers(
    dev_server: RunServer, left: int
) -> None:
    async with dev_server(ECHO_APP, standby=False) as server:
        with descriptors_used_up(left=left):
            answer = await server.reload()
            turn = await ask(server, "still here")

        assert (answer["outcome"], answer["error"]["phase"]) == ("failed", "worker")
        assert answer["error"]["message"].startswith("no worker can start: ")
        assert "Too many open files" in answer["error"]["message"]
        assert turn.status == "done"
        assert (await server.reload())["outcome"] == "succeeded"
