"""Tests of the life of a worker: load, boot, run, end. Driven as the supervisor does."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from cpsl.records import JsonObject, MessageRecord, UserRecord
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl_dev.protocol import CancelTurn, CloseSession, RunTurn, Shutdown, Warm
from tests.servers import write_app
from tests.toolbox import TOOLBOX
from tests.workers import Child


def state(session_id: str = "s", **values: Any) -> SessionState:
    return SessionState(id=session_id, user=UserRecord(id="u", owner_id="u"), **values)


def run_turn(child: Child, text: str, *, turn: int = 1, **values: Any) -> None:
    request = TurnRequest(session=state(**values), turn=turn, message=MessageRecord(text=text))
    child.process.send(RunTurn(request=request))


async def ended(child: Child, turn: int = 1) -> JsonObject:
    return await child.wait_for("turn.ended", where=lambda event: event["turn"] == turn)


def printed(child: Child) -> str:
    return "".join(event["text"] for event in child.events if event["kind"] == "output.written")


APP = """
    import helper
    import cpsl

    PROMPT = open("prompt.txt").read()
    app = cpsl.App(name="made", image=cpsl.Image())


    @app.boot()
    async def boot():
        print("booted", PROMPT)


    @app.shutdown()
    async def shutdown():
        print("shut down")


    @app.exit()
    async def leave(session):
        print("left", session.id, session.data)


    @app.message()
    async def handle(session, message):
        await session.reply(f"{PROMPT} {helper.H} {message.text}")
"""
FILES = {"helper.py": "H = 1\n", "prompt.txt": "be kind"}


async def test_a_load_tells_what_the_app_is_and_what_it_was_made_from(
    child: Child, tmp_path: Path
) -> None:
    folder = write_app(tmp_path, APP, FILES)

    loaded = await child.load(folder)

    assert loaded["kind"] == "load.finished"
    assert loaded["app"]["name"] == "made"
    assert [item["kind"] for item in loaded["app"]["handlers"]] == [
        "boot",
        "shutdown",
        "exit",
        "message",
    ]
    for name in ("app.py", "helper.py", "prompt.txt"):
        path = folder / name
        assert loaded["sources"][str(path)] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "helper" not in loaded["modules"]
    assert loaded["load_ms"] > 0
    assert loaded["boot_ms"] > 0
    assert printed(child) == "booted be kind\n"
    kinds = [event["kind"] for event in child.events]
    assert kinds.index("load.imported") < kinds.index("output.written")


async def test_modules_are_warmed_before_the_app_is_known(child: Child, tmp_path: Path) -> None:
    child.process.send(Warm(modules=["colorsys", "no_such_module", "this_neither"]))
    await child.wait_for("worker.warm")

    loaded = await child.load(write_app(tmp_path, APP, FILES))

    assert loaded["kind"] == "load.finished"
    assert "colorsys" in loaded["modules"]


async def test_a_failure_is_told_with_its_place_and_what_was_read(
    child: Child, tmp_path: Path
) -> None:
    folder = write_app(tmp_path, APP, {**FILES, "helper.py": "H = (\n"})

    failed = await child.load(folder)

    assert (failed["kind"], failed["phase"]) == ("load.failed", "compile")
    assert failed["error"]["type"] == "SyntaxError"
    assert (failed["error"]["file"], failed["error"]["line"]) == (str(folder / "helper.py"), 1)
    assert failed["error"]["text"].startswith("H = (")
    assert set(failed["sources"]) >= {str(folder / "app.py"), str(folder / "helper.py")}


@pytest.mark.parametrize("raises", ["1 / 0", "raise SystemExit(3)", "raise KeyboardInterrupt"])
async def test_a_boot_that_fails_is_told(child: Child, tmp_path: Path, raises: str) -> None:
    app = APP.replace('print("booted", PROMPT)', raises)

    failed = await child.load(write_app(tmp_path, app, FILES))

    assert (failed["kind"], failed["phase"]) == ("load.failed", "boot")
    assert failed["error"]["text"] == raises
    assert failed["boot_ms"] is not None


async def test_the_code_that_runs_is_what_a_traceback_shows(child: Child, tmp_path: Path) -> None:
    folder = write_app(tmp_path, TOOLBOX)
    await child.load(folder)
    (folder / "app.py").write_text("# something else\n" * 500)

    run_turn(child, "raise it")

    error = (await ended(child))["error"]
    assert error["text"] == "raise ValueError(text)"
    assert "raise ValueError(text)" in error["traceback"]
    assert "something else" not in error["traceback"]


async def test_a_turn_is_run_with_the_session_it_is_given(child: Child, tmp_path: Path) -> None:
    await child.load(write_app(tmp_path, TOOLBOX))

    run_turn(child, "count", data={"n": 4})

    assert (await ended(child))["status"] == "done"
    told = [event for event in child.events if event.get("turn") == 1]
    assert [event["kind"] for event in told] == ["reply.sent", "data.changed", "turn.ended"]
    assert told[0]["text"] == "5 0"
    assert told[1]["changed"] == {"n": 5}


async def test_turns_of_sessions_run_side_by_side(child: Child, tmp_path: Path) -> None:
    await child.load(write_app(tmp_path, TOOLBOX))

    run_turn(child, "wait gate", turn=1, session_id="a")
    run_turn(child, "open gate", turn=2, session_id="b")

    assert (await ended(child, 2))["session_id"] == "b"
    assert (await ended(child, 1))["status"] == "done"


async def test_a_turn_can_be_cancelled(child: Child, tmp_path: Path) -> None:
    await child.load(write_app(tmp_path, TOOLBOX))
    run_turn(child, "wait never")
    await child.wait_for("reply.sent")

    child.process.send(CancelTurn(session_id="s", turn=9))
    child.process.send(CancelTurn(session_id="s", turn=1))

    assert (await ended(child))["status"] == "interrupted"


async def test_a_turn_that_is_cancelled_before_it_began_ends_too(
    child: Child, tmp_path: Path
) -> None:
    await child.load(write_app(tmp_path, TOOLBOX))

    run_turn(child, "wait never")
    child.process.send(CancelTurn(session_id="s", turn=1))

    assert (await ended(child))["status"] == "interrupted"


async def test_the_exit_hook_is_run_and_told(child: Child, tmp_path: Path) -> None:
    await child.load(write_app(tmp_path, APP, FILES))

    child.process.send(CloseSession(session=state("gone", data={"n": 1})))

    assert (await child.wait_for("session.left"))["session_id"] == "gone"
    assert "left gone {'n': 1}\n" in printed(child)


async def test_a_worker_shuts_down_with_its_hook(child: Child, tmp_path: Path) -> None:
    await child.load(write_app(tmp_path, APP, FILES))

    child.process.send(Shutdown())

    assert await child.exited() == 0
    assert printed(child).endswith("shut down\n")
    assert child.events[-1]["kind"] == "worker.stopped"


@pytest.mark.parametrize("raises", ["1 / 0", "raise SystemExit(3)"])
async def test_a_shutdown_hook_that_fails_is_shown_and_the_worker_ends(
    child: Child, tmp_path: Path, raises: str
) -> None:
    app = APP.replace('print("shut down")', raises)
    await child.load(write_app(tmp_path, app, FILES))

    child.process.send(Shutdown())

    assert await child.exited() == 0
    assert "The shutdown hook failed:" in printed(child)
    assert raises in printed(child)


async def test_threads_and_tasks_do_not_keep_a_worker_alive(child: Child, tmp_path: Path) -> None:
    app = """
        import asyncio
        import threading
        import time

        import cpsl

        app = cpsl.App(name="busy", image=cpsl.Image())
        threading.Thread(target=time.sleep, args=(1000,)).start()


        @app.boot()
        async def boot():
            async def stay():
                try:
                    await asyncio.sleep(1000)
                finally:
                    print("cleaned up")

            global task
            task = asyncio.get_running_loop().create_task(stay())
    """
    await child.load(write_app(tmp_path, app))

    child.process.send(Shutdown())

    assert await child.exited() == 0
    assert printed(child) == "cleaned up\n"


async def test_an_app_may_handle_the_signal_that_asks_it_to_end(
    child: Child, tmp_path: Path
) -> None:
    await child.load(write_app(tmp_path, TOOLBOX))

    os.kill(child.process.pid, signal.SIGTERM)

    assert await child.exited() == -signal.SIGTERM


async def test_a_stuck_loop_is_told_while_it_is_stuck(child: Child, tmp_path: Path) -> None:
    folder = write_app(tmp_path, TOOLBOX)
    await child.load(folder)
    run_turn(child, "spin")

    blocked = await child.wait_for("worker.blocked")

    assert blocked["file"] == str(folder / "app.py")
    assert blocked["text"] in ("while True:", "pass")


async def test_the_app_runs_in_its_folder_with_arguments_and_input_of_its_own(
    child: Child, tmp_path: Path
) -> None:
    app = """
        import os
        import sys

        raise ValueError(repr((os.getcwd(), sys.argv, sys.path[0], sys.stdin.read(), __name__)))
    """
    folder = write_app(tmp_path, app)

    failed = await child.load(folder)

    expected = (str(folder), [str(folder / "app.py")], str(folder), "", "app")
    assert failed["error"]["message"] == repr(expected)


async def test_a_module_of_the_app_that_hides_another_is_said(child: Child, tmp_path: Path) -> None:
    app = "import random\nimport cpsl\napp = cpsl.App(name=random.NAME, image=cpsl.Image())\n"

    loaded = await child.load(write_app(tmp_path, app, {"random.py": "NAME = 'own'\n"}))

    assert loaded["kind"] == "load.finished"
    assert loaded["app"]["name"] == "own"
    assert any("'random' in the app's folder hides" in said for said in loaded["warnings"])


async def test_warnings_of_the_app_are_told(child: Child, tmp_path: Path) -> None:
    app = f"import warnings\nwarnings.warn('careful', stacklevel=1)\nx = 1 is 1\n{ONE}"

    loaded = await child.load(write_app(tmp_path, app))

    said = "\n".join(loaded["warnings"])
    assert "UserWarning: careful" in said
    assert "SyntaxWarning" in said


ONE = 'import cpsl\napp = cpsl.App(name="one", image=cpsl.Image())\n'


async def test_a_log_record_at_import_is_told(child: Child, tmp_path: Path) -> None:
    app = f"import logging\nlogging.getLogger('start').warning('up')\n{ONE}"

    await child.load(write_app(tmp_path, app))

    event = await child.wait_for("log.recorded")
    assert (event["level"], event["logger"], event["text"]) == ("WARNING", "start", "up")


async def test_a_worker_needs_no_bytecode_of_the_app(child: Child, tmp_path: Path) -> None:
    folder = write_app(tmp_path, APP, FILES)

    await child.load(folder)

    assert not (folder / "__pycache__").exists()


async def test_a_worker_imports_no_screen_and_no_web_server(child: Child, tmp_path: Path) -> None:
    app = f"""
import sys
{ONE}
heavy = {{"textual", "aiohttp", "watchfiles", "click", "rich", "jsonpatch"}} & set(sys.modules)
assert not heavy, heavy
"""

    assert (await child.load(write_app(tmp_path, app)))["kind"] == "load.finished"
    await asyncio.sleep(0)
