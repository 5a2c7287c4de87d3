"""Signs of life: how large the workers are, and whether a silent one still answers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time

from cpsl_dev.protocol import Ping
from cpsl_dev.supervisor import Recorder, Supervisor
from cpsl_dev.worker_process import WorkerProcess

_BEAT_SECONDS = 1.0
_SILENT_SECONDS = 5.0


class Heartbeat:
    """Asks the workers that run turns for a sign of life, once a second."""

    def __init__(self, supervisor: Supervisor, record: Recorder) -> None:
        self._supervisor = supervisor
        self._record = record
        self._heard: dict[int, float] = {}
        self._told: set[int] = set()
        self._number = 0

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            self._number += 1
            alive = {worker.pid for worker in self._supervisor.workers}
            self._heard = {pid: at for pid, at in self._heard.items() if pid in alive}
            for worker in self._supervisor.workers:
                self._check(worker)

    def heard(self, worker: WorkerProcess) -> None:
        """Note that a worker said something."""
        self._heard[worker.pid] = time.monotonic()
        self._told.discard(worker.pid)

    def _check(self, worker: WorkerProcess) -> None:
        if not worker.turns:
            self._heard.pop(worker.pid, None)
            return
        now = time.monotonic()
        silent = now - self._heard.setdefault(worker.pid, now)
        worker.send(Ping(number=self._number))
        if silent > _SILENT_SECONDS and worker.pid not in self._told:
            self._told.add(worker.pid)
            fields = {
                "pid": worker.pid,
                "file": None,
                "line": None,
                "text": None,
                "stack": "",
                "seconds": round(silent, 1),
                "unresponsive": True,
            }
            self._record("worker.blocked", fields, generation=worker.generation)


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
