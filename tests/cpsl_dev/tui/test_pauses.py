"""`breakpoint()` in the real program, in a real terminal."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from cpsl_dev.tui.pauses import Pauses
from tests.conftest import MakeApp
from tests.screens import make_event
from tests.terminals import Terminal

APP = """
    import asyncio
    import os

    import cpsl

    app = cpsl.App(name="stops", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        number = 41
        while message.text == "later" and not os.path.exists("go"):
            await asyncio.sleep(0.01)
        if message.text in ("stop", "later"):
            breakpoint()
            await session.reply(f"number {number + 1}")
        elif message.text == "pid":
            await session.reply(f"pid {os.getpid()}.")
        else:
            await session.reply(f"echo {message.text}")
"""
PLAIN_APP = """
    import asyncio
    import os
    import time

    import cpsl

    app = cpsl.App(name="stops", image=cpsl.Image())


    @app.message()
    def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        while not os.path.exists("go"):
            time.sleep(0.01)
        if message.text == "first":
            breakpoint()
        else:
            breakpoint()
        asyncio.run(session.reply(f"echo {message.text}"))
"""
PROGRAM = (sys.executable, "-m", "cpsl_dev", "dev", "app.py", "--port", "0")


@pytest.fixture
def terminal(make_app: MakeApp) -> Iterator[Terminal]:
    with Terminal(PROGRAM, make_app(APP)) as terminal:
        terminal.wait_for("ready")
        terminal.wait_for("Type a message")
        yield terminal


def test_pdb_has_the_terminal_until_the_code_goes_on(terminal: Terminal) -> None:
    terminal.type("stop\r")
    terminal.wait_for("── app.py:16 · c goes on")
    terminal.wait_for("(Pdb)")
    terminal.type("number = 1\r")
    terminal.type("p 'now', number\r")
    terminal.wait_for("('now', 1)")
    terminal.type("c\r")

    terminal.wait_for("number 2")
    terminal.wait_for("worker.resumed")
    terminal.type("hello\r")
    terminal.wait_for("echo hello")
    assert terminal.leave() == 0


def test_what_was_typed_stays_and_what_happened_is_shown(make_app: MakeApp) -> None:
    folder = make_app(APP)
    with Terminal(PROGRAM, folder) as terminal:
        terminal.wait_for("Type a message")
        terminal.type("later\rhalf a mess")
        terminal.wait_for("half a mess")
        (folder / "go").touch()
        terminal.wait_for("(Pdb)")
        terminal.type("c\r")

        terminal.wait_for("number 42")
        terminal.wait_for("half a mess")
        terminal.type("age\r")
        terminal.wait_for("echo half a message")


def test_quit_fails_the_turn_and_the_screen_is_back(terminal: Terminal) -> None:
    terminal.type("stop\r")
    terminal.wait_for("(Pdb)")
    terminal.type("q\r")

    terminal.wait_for("DebuggerQuit")
    terminal.type("hello\r")
    terminal.wait_for("echo hello")


def test_screen_is_back_when_the_worker_dies(terminal: Terminal) -> None:
    terminal.type("pid\r")
    terminal.wait_for("pid ")
    # Its time is drawn when the whole reply is.
    terminal.wait_for("turn.finished")
    found = re.search(r"pid (\d+)\.", terminal.text)
    assert found is not None
    terminal.type("stop\r")
    terminal.wait_for("(Pdb)")
    os.kill(int(found[1]), signal.SIGKILL)

    terminal.wait_for("interrupted")
    terminal.type("hello\r")
    terminal.wait_for("echo hello")


def test_two_stops_come_one_after_another(make_app: MakeApp) -> None:
    folder = make_app(PLAIN_APP)
    with Terminal(PROGRAM, folder) as terminal:
        terminal.wait_for("Type a message")
        terminal.type("first\r/new two\r")
        terminal.wait_for("Chat · two")
        terminal.type("second\r")
        terminal.wait_for("running")
        (folder / "go").touch()
        terminal.wait_for("── app.py:1")
        terminal.wait_for("(Pdb)")
        lines = ["── app.py:16", "── app.py:18"]
        [other] = [line for line in lines if line not in terminal.text]
        terminal.type("c\r")
        terminal.wait_for(other)
        terminal.type("c\r")

        terminal.wait_for("echo second")
        terminal.type("/session\r")
        terminal.wait_for("first")


def test_program_ends_while_pdb_has_the_terminal(terminal: Terminal) -> None:
    terminal.type("stop\r")
    terminal.wait_for("(Pdb)")
    terminal._child.kill(signal.SIGTERM)

    terminal.wait_for("The state is in")
    assert terminal.leave("") == 143


def test_header_says_where_code_stands_still() -> None:
    said: list[str] = []
    nobody: Any = None
    pauses = Pauses(nobody, step_aside=nobody, note=said.append)
    for event in (
        make_event("worker.paused", pid=1, file="app.py", line=12),
        make_event("worker.paused", pid=2, file="other.py", line=3),
        make_event("worker.resumed", pid=1),
        make_event("worker.resumed", pid=9),
        make_event("worker.exited", pid=2),
    ):
        pauses.take(event)

    assert said == [
        "paused at app.py:12",
        "paused at app.py:12, other.py:3",
        "paused at other.py:3",
        "",
    ]
