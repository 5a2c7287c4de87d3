"""Tests of the dev server as a whole: starting, loading, crashing, stopping, starting again."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import orjson
import pytest

from cpsl.records import JsonObject
from cpsl.store import StoreTooNew
from cpsl_dev.config import find_entry
from cpsl_dev.exceptions import NoGeneration, ServerRunning, StoreUnavailable
from cpsl_dev.server import DevServer
from cpsl_dev.state_dir import StateDir
from tests.conftest import MakeApp, RunServer
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


async def test_an_app_is_loaded_and_answers(dev_server: RunServer) -> None:
    async with dev_server(ECHO_APP) as server:
        turn = await ask(server, "hello")

        assert [reply.text for reply in turn.replies] == ["echo hello"]
        status = server.status()
        assert (status["state"], status["generation"], status["stale"]) == ("ready", 1, False)
        assert (status["entry"], status["app_name"]) == ("app.py", "echo")
        assert (status["error"], status["reload"], status["pending"]) == (None, None, [])
        assert status["warnings"] == []
        assert status["code_hash"].startswith("sha256:")
        assert status["last_seq"] == server.log.last_seq
        serving = [worker for worker in status["workers"] if worker["state"] == "serving"]
        assert [(worker["generation"], worker["turns"]) for worker in serving] == [(1, 0)]
        assert orjson.loads(orjson.dumps(status)) == status
        app = server.app_description()
        assert app is not None
        assert app["name"] == "echo"
        assert [(item["kind"], item["name"], item["file"]) for item in app["handlers"]] == [
            ("message", "handle", "app.py")
        ]


async def test_a_small_app_needs_little_memory(dev_server: RunServer) -> None:
    async with dev_server(ECHO_APP) as server:
        await ask(server, "hello")

        (serving,) = [item for item in server.status()["workers"] if item["state"] == "serving"]

        assert serving["rss_bytes"] < 45_000_000


async def test_a_handler_may_be_a_plain_function(dev_server: RunServer) -> None:
    app = """
        import asyncio
        import threading

        import cpsl

        app = cpsl.App(name="plain", image=cpsl.Image())


        @app.message()
        def handle(session, message):
            print("in", threading.current_thread() is threading.main_thread())
            if message.text == "raise":
                raise ValueError("plain")
            session.data["n"] = 1
            asyncio.run(session.reply("plain " + message.text))
    """
    async with dev_server(app) as server:
        turn = await ask(server, "hi")
        failed = await ask(server, "raise")

        assert [reply.text for reply in turn.replies] == ["plain hi"]
        assert failed.error is not None
        assert (failed.error.type, failed.error.line) == ("ValueError", 14)
        assert (await server.session("s1")).data == {"n": 1}
        printed = await server.events(kinds=["output.written"], session_id="s1")
        assert printed[0].fields["text"] == "in False\n"


NO_APP = """
    import cpsl

    value = 1
"""
TWO_APPS = """
    import cpsl

    one = cpsl.App(name="one", image=cpsl.Image())
    two = cpsl.App(name="two", image=cpsl.Image())
"""
WRONG_SIGNATURE = """
    import cpsl

    app = cpsl.App(name="wrong", image=cpsl.Image())


    @app.message()
    async def handle(session):
        pass
"""
GENERATOR = """
    import cpsl

    app = cpsl.App(name="wrong", image=cpsl.Image())


    @app.message()
    async def handle(session, message):
        yield "no"
"""


@pytest.mark.parametrize(
    ("text", "phase", "kind", "line", "said"),
    [
        (NO_APP, "import", "DeclarationError", None, "app.py has no cpsl.App. Add one"),
        (
            TWO_APPS,
            "import",
            "DeclarationError",
            None,
            "app.py has 2 apps. Say which one to run: app.py:one, app.py:two",
        ),
        (WRONG_SIGNATURE, "import", "DeclarationError", 8, "handle"),
        (GENERATOR, "import", "DeclarationError", 8, "generator"),
        ("import cpsl\ndef broken(:\n", "compile", "SyntaxError", 2, "invalid syntax"),
        ("import absent_module\n", "import", "ModuleNotFoundError", 1, "absent_module"),
        ("1 / 0\n", "import", "ZeroDivisionError", 1, "division by zero"),
        ("import sys\nsys.exit(0)\n", "import", "SystemExit", 2, "0"),
        ("raise KeyboardInterrupt\n", "import", "KeyboardInterrupt", 1, ""),
        ("import os\nos._exit(3)\n", "import", "WorkerExited", None, "the worker exited 3 during"),
        ("import ctypes\nctypes.string_at(0)\n", "import", "WorkerExited", None, "signal 11"),
        ("input()\n", "import", "EOFError", 1, ""),
    ],
)
async def test_an_app_that_cannot_be_loaded_is_described(
    dev_server: RunServer, text: str, phase: str, kind: str, line: int | None, said: str
) -> None:
    async with dev_server(text) as server:
        status = server.status()

        assert (status["state"], status["generation"], status["stale"]) == ("failed", None, False)
        error = status["error"]
        assert (error["phase"], error["type"], error["line"]) == (phase, kind, line)
        assert error["file"] == "app.py"
        assert said in error["message"]
        event = await wait_for_event(server, "reload.failed")
        assert event.fields["error"] == error
        with pytest.raises(NoGeneration, match="No generation of the app can serve"):
            await server.send("s1", "hi", source="http")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("app.py:other", "app.py:other: there is no 'other' in module 'app'. Its apps are: app."),
        ("app.py:cpsl", "app.py:cpsl: 'cpsl' is of type 'module', not a cpsl.App. Its apps are"),
    ],
)
async def test_a_symbol_that_names_no_app_is_said(
    make_app: MakeApp, dev_server: RunServer, entry: str, said: str
) -> None:
    folder = make_app(ECHO_APP)
    async with dev_server(folder, entry=find_entry(entry, folder)) as server:
        assert server.status()["error"]["message"].startswith(said)


async def test_a_broken_first_start_is_mended_without_a_restart(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app("def broken(:\n")
    async with dev_server(folder) as server:
        assert server.status()["state"] == "failed"

        make_app(ECHO_APP)
        await wait_for_event(server, "reload.succeeded")

        assert server.status()["state"] == "ready"
        assert (await ask(server, "hi")).status == "done"


async def test_a_save_that_cannot_run_leaves_the_last_good_generation(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app(ECHO_APP)
    async with dev_server(folder) as server:
        await ask(server, "one")

        make_app("1 / 0\n")
        await wait_for_event(server, "reload.failed")

        status = server.status()
        assert (status["state"], status["generation"], status["stale"]) == ("failed", 1, True)
        assert (await ask(server, "two")).generation == 1
        make_app(ECHO_APP.replace("echo {", "again {"))
        await wait_for_event(server, "reload.succeeded", where=lambda event: event.generation == 2)
        third = await ask(server, "three")
        assert [reply.text for reply in third.replies] == ["again three"]
        history = (await server.session("s1")).history
        assert [entry.text for entry in history if entry.sender == "user"] == [
            "one",
            "two",
            "three",
        ]


async def test_a_reload_can_be_asked_for_and_is_listed(dev_server: RunServer) -> None:
    async with dev_server(ECHO_APP) as server:
        answer = await server.reload()
        listed = await server.reloads(10)

        assert (answer["outcome"], answer["generation"], answer["error"]) == ("succeeded", 2, None)
        assert [(item["outcome"], item["reason"], item["generation"]) for item in listed] == [
            ("succeeded", "request", 2),
            ("succeeded", "start", 1),
        ]
        assert listed[0]["duration_ms"] == answer["duration_ms"]
        assert set(listed[0]["parts"]) == {"notice", "load", "boot", "swap"}


async def test_a_worker_that_keeps_dying_is_not_started_for_ever(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app(
        """
        import os
        import threading

        import cpsl

        app = cpsl.App(name="dying", image=cpsl.Image())
        threading.Timer(0.05, os._exit, (7,)).start()
        """
    )
    async with dev_server(folder) as server:
        await wait_until(lambda: server.status()["state"] == "failed")

        error = server.status()["error"]
        assert (error["phase"], error["type"]) == ("worker", "WorkerExited")
        assert error["message"].startswith("The worker died 3 times in a row")
        started = len(await server.events(kinds=["reload.started"]))
        assert started == 3
        with pytest.raises(NoGeneration, match="died 3 times in a row"):
            await server.send("s1", "hi", source="http")
        # It is started again on request, and when a file changes.
        assert (await server.reload())["outcome"] == "succeeded"
        make_app(ECHO_APP)
        await wait_for_event(
            server, "reload.succeeded", where=lambda event: event.fields["reason"] == "save"
        )
        assert (await ask(server, "hi")).status == "done"


async def test_deaths_count_only_in_a_row(make_app: MakeApp, dev_server: RunServer) -> None:
    async with dev_server(make_app(TOOLBOX)) as server:
        for number in range(5):
            assert (await ask(server, "os_exit 1")).status == "interrupted"
            await wait_until(lambda: server.status()["state"] == "ready")
            turn = await ask(server, f"echo {number}")
            assert turn.status == "done"


async def test_events_can_be_read_by_number_kind_and_session(dev_server: RunServer) -> None:
    async with dev_server(ECHO_APP) as server:
        await ask(server, "a", session_id="one")
        await ask(server, "b", session_id="two")

        everything = await server.events()
        turns = await server.events(kinds=["turn.*"])
        newest = await server.events(limit=2, newest=True)
        after = await server.events(after=everything[2].seq, limit=2)
        of_one = await server.events(session_id="one", kinds=["message.received"])

        assert [event.seq for event in everything] == list(range(1, len(everything) + 1))
        assert [event.kind for event in turns] == ["turn.started", "turn.finished"] * 2
        assert [event.seq for event in newest] == [len(everything) - 1, len(everything)]
        assert [event.seq for event in after] == [4, 5]
        assert [event.fields["text"] for event in of_one] == ["a"]
        assert await server.events(after=2**70) == []


async def test_front_ends_can_add_what_they_have_to_tell(dev_server: RunServer) -> None:
    async with dev_server(ECHO_APP) as server:
        server.record("client.refused", {"status": 404, "detail": "no", "path": "/\udc80"})

        event = await wait_for_event(server, "client.refused")
        assert event.fields == {"status": 404, "detail": "no", "path": "/\ufffd"}


async def test_everything_goes_on_after_a_restart(make_app: MakeApp) -> None:
    folder = make_app(TOOLBOX)
    async with running(folder) as server:
        await ask(server, "count")
        last = server.log.last_seq

    async with running(folder) as server:
        second = await ask(server, "count")

        assert [reply.text for reply in second.replies] == ["2 2"]
        assert (second.turn, second.generation) == (2, 2)
        events = await server.events(limit=10_000)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        kinds = [event.kind for event in events if event.seq > last]
        assert kinds.index("server.stopping") < kinds.index("server.started")


async def test_a_second_server_on_the_same_folder_is_refused(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app(ECHO_APP)
    async with dev_server(folder) as server:
        found = {"url": "http://127.0.0.1:4600", "pid": os.getpid()}
        (folder / ".cpsl" / "dev.json").write_bytes(orjson.dumps(found))
        second = DevServer(make_config(folder))

        with pytest.raises(ServerRunning, match=r"at http://127\.0\.0\.1:4600 \(process \d+\)"):
            await second.start()

        assert (await ask(server, "hi")).status == "done"


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


@contextmanager
def disk_full(folder: Path) -> Iterator[None]:
    """Let no file grow beyond the present size of the store's log."""
    size = (folder / ".cpsl" / "state.db-wal").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_refuses_messages_and_everything_goes_on_once_there_is_room(
    make_app: MakeApp, dev_server: RunServer
) -> None:
    folder = make_app(TOOLBOX)
    async with dev_server(folder) as server:
        await ask(server, "count")
        held = await server.send("held", "wait held", source="http")
        await wait_for_event(server, "reply.sent", where=lambda event: event.session_id == "held")

        with disk_full(folder):
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

        with disk_full(folder):
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

    await wait_until(
        lambda: not any(is_alive(pid) for pid in ready["workers"]), timeout_seconds=3
    )


@contextmanager
def descriptors_used_up(*, left: int) -> Iterator[None]:
    """Let this process open so many files and no more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 20, before[1]))
    spare = []
    with suppress(OSError):
        while True:
            spare.append(os.open("/dev/null", os.O_RDONLY))
    for _ in range(left):
        os.close(spare.pop())
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for descriptor in spare:
            os.close(descriptor)


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
