"""Tests of the dev server as a whole: starting, loading, crashing, stopping, starting again."""

from __future__ import annotations

import os

import orjson
import pytest

from cpsl_dev.config import find_entry
from cpsl_dev.exceptions import NoGeneration, ServerRunning
from cpsl_dev.server import DevServer
from tests.conftest import MakeApp, RunServer
from tests.servers import (
    ECHO_APP,
    ask,
    make_config,
    running,
    wait_for_event,
    wait_until,
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
        threading.Timer(0.5, os._exit, (7,)).start()
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
    async with dev_server(ECHO_APP, standby=False) as server:
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
