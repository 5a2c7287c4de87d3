"""Programs as processes of their own, and waiting for what they say."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.servers import DEADLINE_SECONDS


def start(command: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    """Start a program in a folder; its standard output can be read."""
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)


def read_until(program: subprocess.Popen[str], *words: str) -> None:
    """Read the lines of a dev server up to the first that has all `words`.

    One that does not come within the deadline, or before a failed reload, is an error.
    """
    assert program.stdout is not None
    deadline = threading.Timer(DEADLINE_SECONDS, program.kill)
    deadline.start()
    seen = []
    try:
        for line in program.stdout:
            seen.append(line)
            if all(word in line for word in words):
                return
            if "reload.failed" in line:
                break
    finally:
        deadline.cancel()
    raise AssertionError(f"the program said no line with {words}: {''.join(seen)}")
