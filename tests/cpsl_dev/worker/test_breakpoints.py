"""Tests of stopping at `breakpoint()`, with a pseudo-terminal in the place of the screen's."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from cpsl_dev.protocol import AttachDebugger
from cpsl_dev.worker import breakpoints as module
from cpsl_dev.worker.breakpoints import BorrowedTerminal, Breakpoints
from cpsl_dev.worker.output import current_turn
from cpsl_dev.worker.prompt import PdbPrompt
from cpsl_dev.worker.reporter import Reporter
from tests.cpsl_dev.worker.conftest import in_thread
from tests.pseudo_terminals import PATIENCE_SECONDS, NearSide


class Supervisor:
    """Takes what is told, and answers a stop with what it was given."""

    def __init__(self, answer: Callable[[], AttachDebugger | None]) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.breakpoints = Breakpoints(cast(Reporter, self), PdbPrompt)
        self.is_paused = threading.Event()
        self.has_resumed = threading.Event()
        self._answer = answer

    def tell(self, kind: str, **fields: Any) -> None:
        self.told.append((kind, fields))
        if kind == "worker.paused":
            self.is_paused.set()
            answer = self._answer()
            if answer is not None:
                self.breakpoints.offer(answer)
        if kind == "worker.resumed":
            self.has_resumed.set()

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told]


@pytest.fixture
def supervisor(near: NearSide) -> Iterator[Supervisor]:
    """A supervisor with a terminal, which `breakpoint()` reaches."""
    supervisor = Supervisor(lambda: AttachDebugger(tty=near.path))
    before = sys.breakpointhook
    supervisor.breakpoints.install()
    try:
        yield supervisor
    finally:
        sys.breakpointhook = before
        sys.settrace(None)


def add(number: int) -> int:
    breakpoint()
    number += 1
    return number


def test_code_that_stops_can_be_looked_at_and_goes_on(
    supervisor: Supervisor, near: NearSide
) -> None:
    current_turn.set((None, None))
    thread, result = in_thread(lambda: add(41))

    shown = near.until("(Pdb) ")
    near.press("p number\n")
    printed = near.until("(Pdb) ")
    near.press("number = 1\n")
    near.until("(Pdb) ")
    near.press("c\n")
    thread.join(PATIENCE_SECONDS)

    # Since Python 3.13 pdb stops at the call itself.
    assert "-> number += 1" in shown or "-> breakpoint()" in shown
    assert "41\r\n" in printed
    assert result == [2]
    assert supervisor.kinds == ["worker.paused", "worker.attached", "worker.resumed"]
    _, paused = supervisor.told[0]
    assert paused["file"] == __file__
    assert paused["text"].startswith("breakpoint()")
    assert paused["line"] == add.__code__.co_firstlineno + 1


def test_a_stop_belongs_to_its_turn(supervisor: Supervisor, near: NearSide) -> None:
    def handler() -> int:
        current_turn.set(("s1", 3))
        return add(1)

    thread, _ = in_thread(handler)
    near.until("(Pdb) ")
    near.press("c\n")
    thread.join(PATIENCE_SECONDS)

    for _, fields in (supervisor.told[0], supervisor.told[-1]):
        assert (fields["session_id"], fields["turn"]) == ("s1", 3)


def test_quitting_ends_the_code(supervisor: Supervisor, near: NearSide) -> None:
    thread, result = in_thread(lambda: add(1))
    near.until("(Pdb) ")
    near.press("q\n")
    thread.join(PATIENCE_SECONDS)

    (error,) = result
    assert type(error).__name__ == "DebuggerQuit"
    assert str(error) == "the debugger was left with quit"
    assert supervisor.has_resumed.wait(PATIENCE_SECONDS)


def test_a_terminal_that_goes_away_ends_the_code(supervisor: Supervisor, near: NearSide) -> None:
    thread, result = in_thread(lambda: add(1))
    near.until("(Pdb) ")

    near.close()
    thread.join(PATIENCE_SECONDS)

    assert type(result[0]).__name__ == "DebuggerQuit"


def test_control_c_interrupts_the_line_and_not_the_code(
    supervisor: Supervisor, near: NearSide
) -> None:
    thread, result = in_thread(lambda: add(1))
    near.until("(Pdb) ")

    near.press("p num\x03")
    interrupted = near.until("(Pdb) ")
    near.press("c\n")
    thread.join(PATIENCE_SECONDS)

    assert "--KeyboardInterrupt--" in interrupted
    assert result == [2]


@pytest.mark.parametrize("turn", [(None, None), ("s1", 3)])
def test_a_cancelled_turn_does_not_wait_for_the_developer(
    turn: Any, supervisor: Supervisor, near: NearSide
) -> None:
    def handler() -> int:
        current_turn.set(("s1", 3))
        return add(1)

    thread, result = in_thread(handler)
    near.until("(Pdb) ")

    supervisor.breakpoints.release("s1", 4)
    supervisor.breakpoints.release("s2", 3)
    still_there = thread.is_alive()
    supervisor.breakpoints.release(*turn)
    thread.join(PATIENCE_SECONDS)

    assert still_there
    assert isinstance(result[0], asyncio.CancelledError)
    assert near.is_over()


def test_one_place_is_stopped_at_after_the_other(supervisor: Supervisor, near: NearSide) -> None:
    first, one = in_thread(lambda: add(1))
    near.until("(Pdb) ")
    second, two = in_thread(lambda: add(10))
    second.join(0.05)

    waiting = supervisor.kinds.count("worker.paused")
    near.press("c\n")
    first.join(PATIENCE_SECONDS)
    near.until("(Pdb) ")
    near.press("c\n")
    second.join(PATIENCE_SECONDS)

    assert waiting == 1
    assert (one, two) == ([2], [11])


def test_without_a_terminal_the_call_raises() -> None:
    supervisor = Supervisor(lambda: AttachDebugger(tty=None, reason="needs the screen."))

    with pytest.raises(RuntimeError, match=r"^breakpoint\(\) at .*:\d+ needs the screen\.$"):
        supervisor.breakpoints._stop()

    assert supervisor.kinds == ["worker.paused", "worker.resumed"]
    assert not supervisor.breakpoints.is_loop_stopped


def test_nobody_is_waited_for_without_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OFFER_SECONDS", 0.01)
    supervisor = Supervisor(lambda: None)

    with pytest.raises(RuntimeError, match="nobody answers"):
        supervisor.breakpoints._stop()


def test_a_terminal_that_cannot_be_opened_is_said() -> None:
    supervisor = Supervisor(lambda: AttachDebugger(tty="/dev/null/no"))

    with pytest.raises(RuntimeError, match="the terminal cannot be used: Not a directory"):
        supervisor.breakpoints._stop()
    assert supervisor.kinds[-1] == "worker.resumed"


def test_what_is_no_terminal_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.touch()
    supervisor = Supervisor(lambda: AttachDebugger(tty=str(path)))

    with pytest.raises(RuntimeError, match="the terminal cannot be used: Inappropriate ioctl"):
        supervisor.breakpoints._stop()


def test_a_stop_that_waits_for_a_terminal_can_be_cancelled() -> None:
    supervisor = Supervisor(lambda: None)
    thread, result = in_thread(supervisor.breakpoints._stop)
    assert supervisor.is_paused.wait(PATIENCE_SECONDS)

    supervisor.breakpoints.release()
    thread.join(PATIENCE_SECONDS)

    assert isinstance(result[0], asyncio.CancelledError)


def test_the_loop_stands_still_only_for_a_stop_in_its_thread(
    supervisor: Supervisor, near: NearSide
) -> None:
    thread, _ = in_thread(lambda: add(1))
    near.until("(Pdb) ")
    elsewhere = supervisor.breakpoints.is_loop_stopped
    near.press("c\n")
    thread.join(PATIENCE_SECONDS)
    seen: list[bool] = []
    answers = iter([True])

    def answer() -> AttachDebugger:
        seen.append(next(answers) and main.breakpoints.is_loop_stopped)
        return AttachDebugger(tty=None)

    main = Supervisor(answer)
    with pytest.raises(RuntimeError):
        main.breakpoints._stop()

    assert elsewhere is False
    assert seen == [True]


@pytest.mark.parametrize("choice", ["0", "builtins.print"])
def test_another_debugger_can_be_chosen(
    choice: str, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONBREAKPOINT", choice)

    assert add(1) == 2
    assert supervisor.kinds == []


# The terminal


@pytest.fixture
def terminal(near: NearSide) -> Iterator[BorrowedTerminal]:
    terminal = BorrowedTerminal()
    terminal.open(near.path)
    yield terminal
    terminal.close()


def test_lines_are_read_and_written(terminal: BorrowedTerminal, near: NearSide) -> None:
    near.press("hällo\n")
    line = terminal.readline()
    written = terminal.write("grüße\n")

    assert line == "hällo\n"
    assert written == 6
    assert "grüße\r\n" in near.until("grüße\r\n")


def test_it_is_a_terminal_while_it_is_open(terminal: BorrowedTerminal) -> None:
    terminal.flush()

    assert terminal.isatty()
    assert os.isatty(terminal.fileno())
    assert terminal.readable()
    assert terminal.writable()
    terminal.close()
    assert not terminal.isatty()
    with pytest.raises(OSError, match="the terminal is closed"):
        terminal.fileno()


def test_a_closed_terminal_has_ended(terminal: BorrowedTerminal) -> None:
    terminal.close()
    terminal.close()
    terminal.interrupt()

    assert terminal.readline() == ""
    assert terminal.write("x") == 1


def test_a_terminal_whose_other_side_is_gone_has_ended(
    terminal: BorrowedTerminal, near: NearSide
) -> None:
    near.close()

    assert terminal.readline() == ""
    assert terminal.write("x") == 1


def test_who_reads_can_be_made_to_see_the_end(terminal: BorrowedTerminal) -> None:
    thread, result = in_thread(terminal.readline)

    terminal.interrupt()
    thread.join(PATIENCE_SECONDS)

    assert result == [""]
