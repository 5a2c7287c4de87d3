"""Signs of life: whether a silent worker still answers."""

from __future__ import annotations

import asyncio
import time

from cpsl.records import JsonObject
from cpsl_dev.protocol import Ping
from cpsl_dev.recorder import Recorder
from cpsl_dev.supervisor import Supervisor
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
        now = time.monotonic()
        if worker.pid in self._told:
            self._told.discard(worker.pid)
            self._goes_on(worker, round(now - self._heard.get(worker.pid, now), 1))
        self._heard[worker.pid] = now

    def take(self, worker: WorkerProcess, event: JsonObject) -> None:
        """Tell that the event loop of a worker is stuck, and where, or that it goes on."""
        if event["kind"] == "worker.unblocked":
            self._goes_on(worker, event["seconds"])
            return
        fields = {name: value for name, value in event.items() if name != "kind"}
        fields |= {"pid": worker.pid, "turns": _turns(worker)}
        self._record("worker.blocked", fields, generation=worker.generation)

    def _goes_on(self, worker: WorkerProcess, seconds: float) -> None:
        fields = {"pid": worker.pid, "seconds": seconds}
        self._record("worker.unblocked", fields, generation=worker.generation)

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
                "turns": _turns(worker),
            }
            self._record("worker.blocked", fields, generation=worker.generation)


def _turns(worker: WorkerProcess) -> list[list[str | int]]:
    """Return what runs there, as pairs of a session and a turn: any of it may be what is stuck."""
    return [[session_id, turn] for session_id, turn in sorted(worker.turns)]
