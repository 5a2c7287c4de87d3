from __future__ import annotations

import os
import pty
import sys
import termios
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from cpsl_dev.tui.terminal import TerminalGuard


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """A terminal as standard input and error; the side of the screen and of the program."""
    outer, inner = pty.openpty()
    file = SimpleNamespace(fileno=lambda: inner)
    monkeypatch.setattr(sys, "__stdin__", file)
    monkeypatch.setattr(sys, "__stderr__", file)
    yield outer, inner
    os.close(outer)
    os.close(inner)


def make_raw(inner: int) -> None:
    modes = termios.tcgetattr(inner)
    modes[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(inner, termios.TCSANOW, modes)


def test_modes_come_back_and_the_screen_is_left(terminal: tuple[int, int]) -> None:
    outer, inner = terminal
    before = termios.tcgetattr(inner)

    with TerminalGuard():
        make_raw(inner)

    assert termios.tcgetattr(inner) == before
    written = os.read(outer, 1_000)
    assert b"\x1b[?1049l" in written
    assert b"\x1b[?25h" in written


def test_screen_that_ended_well_is_not_left_twice(terminal: tuple[int, int]) -> None:
    outer, inner = terminal
    with TerminalGuard() as guard:
        make_raw(inner)
        guard.released()
    os.write(inner, b"shell")

    assert os.read(outer, 1_000) == b"shell"


def test_without_a_terminal_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdin__", None)
    monkeypatch.setattr(sys, "__stderr__", None)

    with TerminalGuard() as guard:
        guard.restore()
