"""The real terminal, handed to a debugger while the screen has stepped aside.

    with app.suspend():
        proxy_terminal(descriptor)

Every key goes to pdb as it is, Ctrl-C too; Ctrl-\\ leaves pdb, whatever it does. The terminal is
left as it was found.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator

_LEAVE = b"\x1c"
_READ_BYTES = 65_536
# How often it is looked whether the window has another size.
_LOOK_SECONDS = 0.5
_HINT = "── breakpoint · c goes on · q ends the turn · ctrl+\\ leaves ──\r\n"


def proxy_terminal(
    descriptor: int,
    *,
    keys: int | None = None,
    screen: int | None = None,
    hint: str = _HINT,
    until: int | None = None,
) -> None:
    """Let the developer talk to pdb until that ends; this blocks.

    Args:
        descriptor: The near side of pdb's pseudo-terminal, from `Debugger.attach`. It is closed.
        keys: Where keys come from; the real standard input if left out.
        screen: Where output goes; the real standard output if left out.
        hint: What to say first.
        until: A descriptor that can be read from when this is to end at once.
    """
    # Not `sys.stdin` and `sys.stdout`: the screen may have put something else there.
    keys = sys.__stdin__.fileno() if keys is None else keys  # type: ignore[union-attr]
    screen = sys.__stdout__.fileno() if screen is None else screen  # type: ignore[union-attr]
    try:
        with _raw(keys):
            _write(screen, hint.encode())
            _copy_size(screen, descriptor)
            _relay(descriptor, keys, screen, until)
    finally:
        os.close(descriptor)


def _relay(descriptor: int, keys: int, screen: int, until: int | None) -> None:
    watched = [descriptor, keys] if until is None else [descriptor, keys, until]
    while True:
        ready, _, _ = select.select(watched, [], [], _LOOK_SECONDS)
        if until in ready:
            return
        if not ready:
            _copy_size(screen, descriptor)
        if descriptor in ready:
            said = _read(descriptor)
            if not said:
                return
            _write(screen, said)
        if keys in ready:
            typed = _read(keys)
            before, leave, _ = typed.partition(_LEAVE)
            if before:
                _write(descriptor, before)
            if leave or not typed:
                return


@contextlib.contextmanager
def _raw(keys: int) -> Iterator[None]:
    """Take keys one by one, without the terminal making signals or echoes of them."""
    try:
        before = termios.tcgetattr(keys)
    except termios.error:
        yield
        return
    tty.setraw(keys, termios.TCSAFLUSH)
    try:
        yield
    finally:
        termios.tcsetattr(keys, termios.TCSAFLUSH, before)


def _copy_size(screen: int, descriptor: int) -> None:
    """Let pdb know how large the window is."""
    with contextlib.suppress(OSError):
        size = fcntl.ioctl(screen, termios.TIOCGWINSZ, bytes(8))
        if size != fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8)):
            fcntl.ioctl(descriptor, termios.TIOCSWINSZ, size)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _READ_BYTES)
    except OSError:
        # The other side of a pseudo-terminal is gone.
        return b""


def _write(descriptor: int, data: bytes) -> None:
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(descriptor, data) :]
