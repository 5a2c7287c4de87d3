"""Tests of handing the terminal to a debugger, over real pseudo-terminals."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import threading
from collections.abc import Iterator

import pytest

from cpsl_dev.tui.debugger_proxy import proxy_terminal
from tests.pseudo_terminals import PATIENCE_SECONDS, NearSide


class Proxied:
    """A developer's terminal, and a debugger's, with the proxy in between."""

    def __init__(self) -> None:
        self.developer = NearSide()
        near, self.debugger = os.openpty()
        self.mode = termios.tcgetattr(self.developer.far)
        self.thread = threading.Thread(target=self._run, args=(near,), daemon=True)

    def start(self) -> None:
        self.thread.start()
        self.developer.until("──\r\n")

    def _run(self, near: int) -> None:
        far = self.developer.far
        proxy_terminal(near, keys=far, screen=far, hint="── hint ──\r\n")

    def end(self) -> None:
        """Let the debugger end, and wait for the proxy."""
        if self.debugger >= 0:
            os.close(self.debugger)
            self.debugger = -1
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()


@pytest.fixture
def proxied() -> Iterator[Proxied]:
    proxied = Proxied()
    proxied.start()
    yield proxied
    proxied.end()
    proxied.developer.close()


def test_what_the_debugger_says_is_shown_and_keys_reach_it(proxied: Proxied) -> None:
    os.write(proxied.debugger, b"(Pdb) ")
    shown = proxied.developer.until("(Pdb) ")
    proxied.developer.press("p 1\n")

    assert shown == "(Pdb) "
    assert os.read(proxied.debugger, 100) == b"p 1\n"


def test_control_c_is_a_key_like_any_other(proxied: Proxied) -> None:
    mode = termios.tcgetattr(proxied.debugger)
    mode[3] &= ~(termios.ISIG | termios.ICANON)
    termios.tcsetattr(proxied.debugger, termios.TCSANOW, mode)

    proxied.developer.press("\x03")

    assert os.read(proxied.debugger, 100) == b"\x03"


def test_it_ends_with_the_debugger_and_leaves_the_terminal_as_it_was(proxied: Proxied) -> None:
    far = proxied.developer.far
    while_it_runs = termios.tcgetattr(far)

    proxied.end()

    assert not while_it_runs[3] & termios.ICANON
    assert termios.tcgetattr(far) == proxied.mode


def test_a_key_leaves_a_debugger_that_hangs(proxied: Proxied) -> None:
    proxied.developer.press("x\n")
    typed = os.read(proxied.debugger, 100)
    proxied.developer.press("\x1cnot sent\n")
    proxied.thread.join(PATIENCE_SECONDS)

    assert not proxied.thread.is_alive()
    assert typed == b"x\n"
    # The near side was closed: the debugger sees the end.
    assert os.read(proxied.debugger, 100) == b""
    assert termios.tcgetattr(proxied.developer.far) == proxied.mode


def test_it_ends_when_the_screen_does() -> None:
    near, far = os.openpty()
    keys, typed = os.pipe()
    shown, screen = os.pipe()
    ended, end = os.pipe()
    thread = threading.Thread(
        target=proxy_terminal,
        args=(near,),
        kwargs={"keys": keys, "screen": screen, "until": ended},
        daemon=True,
    )
    thread.start()
    os.write(end, b"x")
    thread.join(PATIENCE_SECONDS)

    assert not thread.is_alive()
    # The near side was closed: the debugger sees the end.
    with pytest.raises(OSError, match="Input/output error"):
        os.write(far, b"x")
    for descriptor in (far, keys, typed, shown, screen, ended, end):
        os.close(descriptor)


def test_the_debugger_knows_the_size_of_the_window() -> None:
    proxied = Proxied()
    size = struct.pack("HHHH", 33, 77, 0, 0)
    fcntl.ioctl(proxied.developer.far, termios.TIOCSWINSZ, size)
    proxied.start()
    os.write(proxied.debugger, b"x")
    proxied.developer.until("x")

    found = fcntl.ioctl(proxied.debugger, termios.TIOCGWINSZ, bytes(8))
    proxied.end()
    proxied.developer.close()

    assert found == size


def test_keys_may_come_from_something_that_is_no_terminal() -> None:
    near, far = os.openpty()
    keys, typed = os.pipe()
    shown, screen = os.pipe()
    thread = threading.Thread(
        target=proxy_terminal,
        args=(near,),
        kwargs={"keys": keys, "screen": screen, "hint": "hint"},
        daemon=True,
    )
    thread.start()
    os.write(typed, b"c\n")
    received = os.read(far, 100)
    os.close(typed)
    thread.join(PATIENCE_SECONDS)

    assert not thread.is_alive()
    assert received == b"c\n"
    assert os.read(shown, 100).startswith(b"hint")
    for descriptor in (far, keys, shown, screen):
        os.close(descriptor)
