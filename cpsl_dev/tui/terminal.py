"""Leaving the terminal as it was found, whatever happened."""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from types import TracebackType
from typing import Any

# Undo what a screen may have asked for: mouse, paste and focus reports, the keyboard protocol,
# synchronised output, the other screen; then show the cursor and take the colours back.
_RESET = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?2004l\x1b[?1004l"
    "\x1b[?2048l\x1b[?2026l\x1b[<u\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"
)


class TerminalGuard:
    """A context that restores the modes of the terminal at its end.

    Call `released` when the screen has put everything back itself.
    """

    def __init__(self) -> None:
        self._modes: list[Any] | None = None
        self._is_released = False

    def __enter__(self) -> TerminalGuard:
        with contextlib.suppress(termios.error, OSError, ValueError, AttributeError):
            self._modes = termios.tcgetattr(sys.__stdin__.fileno())  # type: ignore[union-attr]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.restore()

    def released(self) -> None:
        """Note that the screen ended in good order."""
        self._is_released = True

    def restore(self) -> None:
        """Put back the modes, and undo what the screen has asked for if it did not."""
        if not self._is_released:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                os.write(sys.__stderr__.fileno(), _RESET.encode())  # type: ignore[union-attr]
        if self._modes is not None:
            with contextlib.suppress(termios.error, OSError, ValueError, AttributeError):
                termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, self._modes)  # type: ignore[union-attr]
