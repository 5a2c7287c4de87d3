"""Tests of stepping through code: it stops in the app's lines, and nowhere in what runs them."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from cpsl.messages import Message
from cpsl_dev.protocol import AttachDebugger
from cpsl_dev.worker import breakpoints as module
from cpsl_dev.worker.breakpoints import Breakpoints
from cpsl_dev.worker.prompt import PdbPrompt
from cpsl_dev.worker.reporter import Reporter
from tests.cpsl_dev.worker.conftest import in_thread
from tests.pseudo_terminals import PATIENCE_SECONDS, NearSide

STOP = "(Pdb) "


class Lender:
    """Lends the same terminal at each stop."""

    def __init__(self, near: NearSide) -> None:
        self.stops: list[int] = []
        self.ends = 0
        self.lends = True
        self.has_ended = threading.Event()
        self.breakpoints = Breakpoints(cast(Reporter, self), PdbPrompt)
        self._near = near

    def tell(self, kind: str, **fields: Any) -> None:
        if kind == "worker.paused":
            self.stops.append(fields["line"])
            offer = AttachDebugger(tty=self._near.path if self.lends else None, reason="is late")
            self.breakpoints.offer(offer)
        if kind == "worker.resumed":
            self.ends += 1
            self.has_ended.set()


@pytest.fixture
def lender(near: NearSide) -> Iterator[Lender]:
    lender = Lender(near)
    before = sys.breakpointhook
    lender.breakpoints.install()
    yield lender
    sys.breakpointhook = before


def play(
    function: Callable[[], Any], near: NearSide, *commands: str
) -> tuple[list[str], list[Any]]:
    """Run a function in a thread and give pdb commands; return each stop's line, and the result."""
    thread, result = in_thread(function)
    lines = [first_line(near)]
    for command in commands[:-1]:
        near.press(f"{command}\n")
        lines.append(_line_of(near.until(STOP)))
    near.press(f"{commands[-1]}\n")
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    return lines, result


def first_line(near: NearSide) -> str:
    """Return the line behind `breakpoint()`; since Python 3.13 pdb stops at the call itself."""
    line = _line_of(near.until(STOP))
    if line == "breakpoint()":
        near.press("n\n")
        line = _line_of(near.until(STOP))
    return line


def _line_of(shown: str) -> str:
    return [line for line in shown.splitlines() if line.startswith("-> ")][-1][3:]


async def helper(number: int) -> int:
    number += 1
    await asyncio.sleep(0.01)
    return number


async def handle(number: int) -> int:
    breakpoint()
    number = await helper(number)
    number += 10
    return number


def test_next_goes_past_an_await(lender: Lender, near: NearSide) -> None:
    lines, result = play(lambda: asyncio.run(handle(1)), near, "n", "n", "c")

    assert lines == ["number = await helper(number)", "number += 10", "return number"]
    assert result == [12]


def test_step_goes_into_a_coroutine_and_out_of_it(lender: Lender, near: NearSide) -> None:
    lines, result = play(lambda: asyncio.run(handle(1)), near, "s", "s", "s", "n", "n", "c")

    assert lines == [
        "number = await helper(number)",
        "async def helper(number: int) -> int:",
        "number += 1",
        "await asyncio.sleep(0.01)",
        "return number",
        "number += 10",
    ]
    assert result == [12]


def test_the_last_line_gives_the_terminal_back(lender: Lender, near: NearSide) -> None:
    # As in a worker: nothing but the runtime has called it.
    thread = threading.Thread(target=asyncio.run, args=(handle(1),), daemon=True)
    thread.start()
    first_line(near)
    for _ in range(2):
        near.press("n\n")
        last = _line_of(near.until(STOP))
    near.press("n\n")
    thread.join(PATIENCE_SECONDS)

    assert last == "return number"
    assert not thread.is_alive()
    assert lender.has_ended.wait(PATIENCE_SECONDS)
    assert lender.ends == 1


def test_stepping_stops_in_no_code_of_the_runtime(lender: Lender, near: NearSide) -> None:
    def make() -> str:
        breakpoint()
        message = Message("hi", "user", "chat")
        return message.text

    lines, result = play(make, near, "s", "s", "c")

    assert lines[0] == 'message = Message("hi", "user", "chat")'
    assert "return message.text" in lines
    assert result == ["hi"]


def plain(number: int) -> int:
    breakpoint()
    number += 1
    return number


def test_a_plain_function_is_left_with_its_last_line(lender: Lender, near: NearSide) -> None:
    lines, result = play(lambda: plain(1), near, "n", "c")

    assert lines == ["number += 1", "return number"]
    assert result == [2]


def test_two_stops_in_a_row_keep_the_terminal(lender: Lender, near: NearSide) -> None:
    def twice() -> int:
        breakpoint()
        number = 1
        breakpoint()
        number += 1
        return number

    lines, result = play(twice, near, "n", "n", "c")

    assert lines[0] == "number = 1"
    assert result == [2]
    assert len(lender.stops) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LongStep:
    """Code that is stepped over and has given the terminal back; `go_on` lets it end."""

    go_on: threading.Event
    thread: threading.Thread
    result: list[Any]


@pytest.fixture
def long_step(lender: Lender, near: NearSide, monkeypatch: pytest.MonkeyPatch) -> LongStep:
    monkeypatch.setattr(module, "_GRACE_SECONDS", 0.05)
    go_on = threading.Event()

    def slow() -> str:
        breakpoint()
        go_on.wait(PATIENCE_SECONDS)
        return "done"

    thread, result = in_thread(slow)
    first_line(near)
    near.press("n\n")
    assert lender.has_ended.wait(PATIENCE_SECONDS)
    return LongStep(go_on=go_on, thread=thread, result=result)


def test_a_long_step_gives_the_terminal_back_and_takes_it_again(
    lender: Lender, near: NearSide, long_step: LongStep
) -> None:
    long_step.go_on.set()
    again = near.until(STOP)
    near.press("c\n")
    long_step.thread.join(PATIENCE_SECONDS)

    assert _line_of(again) == 'return "done"'
    assert len(lender.stops) == 2
    assert long_step.result == ["done"]


def test_code_goes_on_when_nobody_comes_back(lender: Lender, long_step: LongStep) -> None:
    lender.lends = False
    long_step.go_on.set()
    long_step.thread.join(PATIENCE_SECONDS)

    assert long_step.result == ["done"]


def test_quit_says_why_the_turn_ended(lender: Lender, near: NearSide) -> None:
    _, result = play(lambda: asyncio.run(handle(1)), near, "q")

    assert type(result[0]).__name__ == "DebuggerQuit"
    assert str(result[0]) == "the debugger was left with quit"
