"""The program in a real terminal: keys go in, and what stands on the screen is read."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pexpect
import pyte

from tests.servers import DEADLINE_SECONDS

CTRL_Q = "\x11"


class Terminal:
    """A program in a terminal of its own; a context manager that ends it.

    Args:
        command: The program and its arguments.
        folder: Where it starts.
        size: Columns and rows.
        environment: Variables that it gets besides those of the tests.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        size: tuple[int, int] = (110, 30),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        columns, rows = size
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=str(folder),
            dimensions=(rows, columns),
            env={**os.environ, "TERM": "xterm-256color", **(environment or {})},
            timeout=DEADLINE_SECONDS,
        )

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str) -> None:
        """Press keys."""
        self._child.send(keys)

    def wait_for(self, text: str, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until some line of the screen has `text`; `seconds` is how long it may be silent."""
        # A cursor that blinks is never silent.
        deadline = time.monotonic() + 4 * seconds
        try:
            while text not in self.text:
                assert time.monotonic() < deadline, f"{text!r} does not come:\n{self.text}"
                self._stream.feed(self._child.read_nonblocking(65_536, seconds))
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise AssertionError(f"{text!r} does not come:\n{self.text}") from error

    def leave(self, keys: str = CTRL_Q) -> int:
        """Press the keys that end the program, and return its exit code."""
        self._child.send(keys)
        self._child.expect(pexpect.EOF)
        self._child.close()
        assert self._child.exitstatus is not None, "a signal ended the program"
        return int(self._child.exitstatus)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._child.close(force=True)
