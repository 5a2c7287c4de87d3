"""The real program in a real terminal."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.conftest import MakeApp
from tests.cpsl_dev.tui.conftest import NOTEBOOK
from tests.servers import DEADLINE_SECONDS

PROGRAM = f"{sys.executable} -m cpsl_dev dev app.py --port 0"
LEFT = "left the program"


class Shell:
    """A shell in a terminal, in which the program runs; every byte that it writes is kept."""

    def __init__(self, folder: Path, program: str, environment: dict[str, str]) -> None:
        self.written = b""
        self._screen = pyte.Screen(110, 30)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            "/bin/sh",
            cwd=str(folder),
            dimensions=(30, 110),
            env={**os.environ, "TERM": "xterm-256color", "PS1": "$ ", **environment},
            timeout=DEADLINE_SECONDS,
        )
        self._child.delaybeforesend = None
        self.type(f"{program}; echo {LEFT[:4]}'{LEFT[4:]}' $?\r")

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str) -> None:
        self._child.send(keys)

    def see(self, *texts: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not all(text in self.text for text in texts):
            if time.monotonic() > deadline:
                raise AssertionError(f"{texts} do not come:\n{self.text}")
            self._read()

    def left(self) -> int:
        """Wait until the program has ended; return its exit code."""
        self.see(LEFT)
        line = next(line for line in self.text.splitlines() if LEFT in line)
        return int(line.split(LEFT)[1].split()[0])

    def kill(self, number: int) -> None:
        """Send a signal to the program."""
        pid = self._child.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        os.kill(int(children[0]), number)

    def close(self) -> None:
        self._child.close(force=True)

    def _read(self) -> None:
        try:
            data = self._child.read_nonblocking(65_536, 0.05)
        except pexpect.TIMEOUT:
            return
        self.written += data
        # This terminal has no second screen to go back from: an empty one stands for the first.
        *drawn, rest = data.split(b"\x1b[?1049l")
        for part in drawn:
            self._stream.feed(part)
            self._screen.reset()
        self._stream.feed(rest)


@contextmanager
def run(
    folder: Path, arguments: str = "", *, program: str = PROGRAM, **environment: str
) -> Iterator[Shell]:
    shell = Shell(folder, f"{program} {arguments}", environment)
    try:
        yield shell
    finally:
        shell.close()


def test_program_from_start_to_quit(notebook: Path, make_app: MakeApp) -> None:
    with run(notebook) as shell:
        shell.see("ready", "http://127.0.0.1:")
        shell.type("buy coffee\r")
        shell.see("Saved note #1: buy coffee")

        make_app(NOTEBOOK.replace("Saved note", "Kept note"))
        shell.see("gen 2", "reload.succeeded")
        shell.type("send proposal\r")
        shell.see("Kept note #2: send proposal")

        shell.type("\x11")
        assert shell.left() == 0
        assert "The state is in " in shell.text
        assert "notebook · app.py" not in shell.text
        shell.type("echo typed | tr a-z A-Z\r")
        shell.see("echo typed", "TYPED")


def test_alt_and_a_digit_is_no_text(notebook: Path) -> None:
    with run(notebook) as shell:
        shell.see("ready", "session.created")

        # A terminal without the keyboard protocol of Kitty sends escape and the digit.
        shell.type("\x1b3")

        shell.see("suggests nothing")
        assert "£" not in shell.text
        shell.type("\x11")
        assert shell.left() == 0


def test_terminal_is_as_it_was(notebook: Path) -> None:
    with run(notebook) as shell:
        shell.see("ready")
        shell.type("\x03\x03")
        assert shell.left() == 0

        shell.see("$")
        modes = shell.written.rpartition(b"\x1b[?1049h")[2]

    for mode in (b"1049", b"1000", b"1003", b"1006", b"2004", b"1004"):
        assert b"\x1b[?" + mode + b"l" in modes, mode
    assert b"\x1b[?25h" in modes


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="finds the program in /proc")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal_ends_it_cleanly(notebook: Path, number: int, code: int) -> None:
    with run(notebook) as shell:
        shell.see("ready")
        shell.type("wait\r")
        shell.see("Thinking")
        began = time.monotonic()
        shell.kill(number)

        assert shell.left() == code
        assert time.monotonic() - began < 4
        assert b"\x1b[?1049l" in shell.written
    assert not (notebook / ".cpsl" / "dev.json").exists()


def test_last_error_is_said_when_it_is_left(notebook: Path) -> None:
    with run(notebook) as shell:
        shell.see("ready")
        shell.type("fail\r")
        shell.see("✗ KeyError")
        shell.type("\x11")

        assert shell.left() == 0
        assert "The last failed turn: app.py:14  KeyError: 'no such note'" in shell.text


def test_no_byte_of_the_app_drives_the_terminal(notebook: Path) -> None:
    with run(notebook) as shell:
        shell.see("ready")
        shell.type("evil\r")
        shell.see("✗ RuntimeError")
        for key in ("\x1bOR", "\x1bOS", "\x1b[19~"):
            shell.type(key)
        shell.see("RuntimeError in turn 1")
        shell.type("\x1b")
        shell.type("\x11")
        assert shell.left() == 0

    commands = re.findall(rb"\x1b\][^\x1b\x07]*", shell.written)
    assert {command.partition(b";")[0] for command in commands} <= {b"\x1b]22"}
    assert not re.search(rb"\x1b[c_^PX]", shell.written)
    for hidden in ("\u202e", "\u200b", "\x9b", "\x9d"):
        assert hidden.encode() not in shell.written


def test_port_that_is_taken_is_said_and_the_screen_is_gone(notebook: Path) -> None:
    import socket  # noqa: PLC0415 - for this test only

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with run(notebook, f"--port {port}") as shell:
            assert shell.left() == 2
            assert str(port) in shell.text


def test_second_server_in_the_folder_is_refused(notebook: Path) -> None:
    with run(notebook) as first:
        first.see("ready")
        with run(notebook) as second:
            assert second.left() == 2
            assert "Another dev server" in second.text


def test_terminal_without_colours_and_with_another_encoding(notebook: Path) -> None:
    with run(notebook, NO_COLOR="1", LC_ALL="C", PYTHONIOENCODING="ascii") as shell:
        shell.see("ready", "[Data]")
        shell.type("hi\r")
        shell.see("Saved note #1: hi")
        shell.type("\x11")

        assert shell.left() == 0


FAILING_SCREEN = """
import sys
from cpsl_dev.cli.main import main
from cpsl_dev.tui.widgets.chat_log import ChatLog

good, failed = ChatLog.line_at, []

def fails_once(self, index):
    line = good(self, index)
    if not failed and "boom" in str(line):
        failed.append(True)
        raise RuntimeError("a fault of the screen")
    return line

ChatLog.line_at = fails_once
sys.argv = ["cpsl", "dev", "app.py", "--port", "0"]
main()
"""


def test_screen_that_fails_is_started_again(notebook: Path) -> None:
    (notebook / "start.py").write_text(FAILING_SCREEN, "utf-8")
    with run(notebook, program=f"{sys.executable} start.py") as shell:
        shell.see("ready")
        shell.type("boom\r")
        shell.see("The screen failed and was started")
        shell.see("Saved note #1: boom", "ready")
        shell.type("still there\r")
        shell.see("Saved note #2: still there")
        shell.type("\x11")

        assert shell.left() == 0
