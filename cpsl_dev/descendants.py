"""What a worker has started, wherever it has gone: a child may leave the group and the session."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess

# In the environment of a worker, which its descendants inherit.
MARK_VARIABLE = "CPSL_WORKER"
# A process that starts another one while it is ended is met again in the next round.
_MOST_ROUNDS = 5


def make_mark() -> str:
    """Return the value of `CPSL_WORKER` for one worker."""
    return secrets.token_hex(8)


def end_descendants(session: int, mark: str) -> None:
    """Kill every process of a worker's session or with its mark, but for the one that calls."""
    for _ in range(_MOST_ROUNDS):
        found = [pid for pid in _descendants(session, mark) if pid != os.getpid()]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _descendants(session: int, mark: str) -> list[int]:
    if not os.path.isdir("/proc/self"):
        # Systems without /proc, such as macOS.
        found = subprocess.run(
            ["pgrep", "-s", str(session)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]
    entry = f"{MARK_VARIABLE}={mark}\0".encode()
    return [
        int(name)
        for name in os.listdir("/proc")
        if name.isdigit() and _belongs(int(name), session, entry)
    ]


def _belongs(pid: int, session: int, entry: bytes) -> bool:
    # One that is gone, or somebody else's, does not.
    with contextlib.suppress(OSError):
        if os.getsid(pid) == session:
            return True
        with open(f"/proc/{pid}/environ", "rb") as file:
            return entry in file.read()
    return False
