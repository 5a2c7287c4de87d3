"""How much memory there is, and how much of it a process holds, where the system tells."""

from __future__ import annotations

import os
import subprocess

_NEEDED_BYTES = 256 * 1024 * 1024
_LAST_BYTES = 128 * 1024 * 1024


def available_bytes() -> int | None:
    """Return how much memory could be had without swapping; None where nobody knows."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def is_short(wanted_bytes: int) -> bool:
    """Tell whether a process of this size would leave too little for everybody else."""
    available = available_bytes()
    return available is not None and available < wanted_bytes + _NEEDED_BYTES


def is_out() -> bool:
    """Tell whether what grows must be ended before the system ends something else."""
    available = available_bytes()
    return available is not None and available < _LAST_BYTES


def resident_bytes(pid: int) -> int | None:
    """Return how much memory a process holds; None when it is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    if os.path.isdir("/proc/self"):
        return None
    # Systems without /proc, such as macOS.
    found = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return int(found.stdout) * 1024 if found.stdout.strip().isdigit() else None
