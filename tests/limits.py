"""Running out of things: of room on the disk, of file descriptors."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def disk_full(store: Path) -> Iterator[None]:
    """Let no file of this process grow beyond the present size of a store's log."""
    log = store.with_name(f"{store.name}-wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(log.stat().st_size, 4_096), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def descriptors_used_up(*, left: int) -> Iterator[None]:
    """Let this process open so many files and no more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 20, before[1]))
    spare = []
    with suppress(OSError):
        while True:
            spare.append(os.open("/dev/null", os.O_RDONLY))
    for _ in range(left):
        os.close(spare.pop())
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for descriptor in spare:
            os.close(descriptor)
