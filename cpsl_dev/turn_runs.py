"""Turns while they run: given to a worker, followed by its events, stored when they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from cpsl.concurrency import spawn
from cpsl.events import TurnEnded
from cpsl.records import JsonObject, TurnRecord
from cpsl_dev.exceptions import StoreUnavailable
from cpsl_dev.journal import Journal, Transaction
from cpsl_dev.live_turn import LiveTurn, as_fields
from cpsl_dev.protocol import CancelTurn, RunTurn
from cpsl_dev.supervisor import Supervisor
from cpsl_dev.turn_writes import (
    Key,
    add_late_reply,
    commit_data,
    end_turn,
    no_turn,
    start_turn,
)
from cpsl_dev.worker_process import WorkerProcess

_RETRY_SECONDS = 0.5
_CANCEL_SECONDS = 2.0


class _Run:
    """One turn on one worker. `is_over` is set once its end is stored."""

    def __init__(self, live: LiveTurn, worker: WorkerProcess) -> None:
        self.live = live
        self.worker = worker
        self.is_ending = False
        self.is_over = asyncio.Event()


class TurnRuns:
    """Every turn that runs, from its start to its stored end.

    Args:
        journal: Where turns are stored and told.
        supervisor: Has the worker that serves.
        on_stuck: Called with a worker that does not let go of a cancelled turn.
        on_finished: Called when a handler ran to its end.
    """

    def __init__(
        self,
        journal: Journal,
        supervisor: Supervisor,
        *,
        on_stuck: Callable[[WorkerProcess], None],
        on_finished: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._supervisor = supervisor
        self._on_stuck = on_stuck
        self._on_finished = on_finished
        self._runs: dict[Key, _Run] = {}
        self._abandoned: set[Key] = set()
        self._served = asyncio.Event()
        self._is_stopping = False

    def stop(self) -> None:
        """Store nothing twice from now on: the server ends."""
        self._is_stopping = True

    def record(self, key: Key) -> TurnRecord | None:
        """Return a turn that runs, as it is now."""
        run = self._runs.get(key)
        return None if run is None else run.live.record()

    def data(self, session_id: str) -> JsonObject | None:
        """Return the data of a session as its running handler has it; None when none runs."""
        for key, run in self._runs.items():
            if key[0] == session_id:
                return run.live.data
        return None

    def generation_serves(self) -> None:
        """A generation took over: what waits for one goes on."""
        self._served.set()

    async def run(self, key: Key) -> None:
        """Run a stored turn to its end, on the generation that serves then."""
        while True:
            worker = await self._serving()
            # A worker with a turn is not ended by a reload, so this comes before the write.
            worker.turns.add(key)
            started = await self._keep(lambda tx: start_turn(tx, key, worker.generation))  # noqa: B023
            if started is None:
                self._supervisor.turn_ended(worker, key)
                return
            if not worker.exited.is_set():
                break
            # It died before it was told of the turn: the next one runs it.
        request, record, data = started
        run = self._runs[key] = _Run(LiveTurn(record, data), worker)
        worker.send(RunTurn(request=request))
        await run.is_over.wait()

    async def cancel(self, key: Key) -> bool:
        """End a turn that runs; return whether there was one."""
        run = self._runs.get(key)
        if run is None:
            return False
        run.worker.send(CancelTurn(session_id=key[0], turn=key[1]))
        try:
            async with asyncio.timeout(_CANCEL_SECONDS):
                await run.is_over.wait()
        except TimeoutError:
            # What such a handler still says counts for nothing.
            self._abandoned.add(key)
            await self._end(key, "interrupted", "cancelled; the handler did not let go")
            self._on_stuck(run.worker)
        return True

    def take_events(self, worker: WorkerProcess, events: list[JsonObject]) -> None:
        """Take what a worker tells."""
        for event in events:
            key = (event.get("session_id") or "", event.get("turn") or 0)
            if key not in self._abandoned:
                self._take(worker, key, event)

    def worker_exited(self, worker: WorkerProcess, how: str) -> None:
        """The turns that this worker ran are cut off."""
        for key, run in list(self._runs.items()):
            if run.worker is worker:
                ended = self._end(key, "interrupted", how, cut_off=True)
                spawn(ended, name=f"interrupt {key}")

    def _take(self, worker: WorkerProcess, key: Key, event: JsonObject) -> None:
        kind, run = event["kind"], self._runs.get(key)
        if kind == TurnEnded.kind:
            ended = self._end(key, event["status"], event["reason"], error=event["error"])
            spawn(ended, name=f"end turn {key}")
            return
        if kind == "data.changed":
            self._take_data(worker, key, run, event)
            return
        if run is not None and not run.is_ending:
            run.live.take(event)
        elif kind in ("reply.sent", "reply.finished") and key[0]:
            late = self._keep(lambda tx: add_late_reply(tx, key, event, worker.generation))
            spawn(late, name=f"late reply {key}")
            return
        if kind == "block.shown" and event["type"] == "session_title":
            title = str(event["payload"].get("title", ""))[:200]
            named = self._keep(lambda tx: tx.store.sessions.set_title(key[0], title, now=tx.now))
            spawn(named, name=f"title {key}")
        self._tell(worker, kind, key, as_fields(event))

    def _take_data(
        self, worker: WorkerProcess, key: Key, run: _Run | None, event: JsonObject
    ) -> None:
        live = run.live if run is not None and not run.is_ending else LiveTurn(no_turn(key), {})
        patch = live.change_data(event)
        if run is not None and not event["commit"]:
            if patch:
                fields: JsonObject = {"patch": patch, "origin": "handler", "revision": None}
                self._tell(worker, "data.changed", key, fields)
            return
        change = live.take_change()
        stored = self._keep(lambda tx: commit_data(tx, key, change, worker.generation))
        spawn(stored, name=f"data {key}")

    async def _end(
        self,
        key: Key,
        status: Any,
        reason: str,
        *,
        error: JsonObject | None = None,
        cut_off: bool = False,
    ) -> None:
        run = self._runs.get(key)
        if run is None or run.is_ending:
            return
        run.is_ending = True
        live, worker = run.live, run.worker
        if status == "interrupted" and worker.state == "draining":
            reason = f"a newer generation took over ({reason})"
        # Data which was shown but not stored is gone with the worker.
        if cut_off and (patch := live.take_back()):
            fields: JsonObject = {"patch": patch, "origin": "handler", "revision": None}
            self._tell(worker, "data.changed", key, fields)
        record = live.record(status, error=error)
        try:
            await self._keep(lambda tx: end_turn(tx, key, live, record, reason))
        finally:
            self._runs.pop(key, None)
            self._supervisor.turn_ended(worker, key)
            if status != "interrupted":
                self._on_finished()
            run.is_over.set()

    async def _serving(self) -> WorkerProcess:
        while self._supervisor.serving is None:
            self._served.clear()
            await self._served.wait()
        return self._supervisor.serving

    async def _keep(self, operation: Callable[[Transaction], Any]) -> Any:
        """Write, again and again while the store has no room: nothing may be lost."""
        while True:
            try:
                return await self._journal.write(operation)
            except StoreUnavailable:
                if self._is_stopping:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)

    def _tell(self, worker: WorkerProcess, kind: str, key: Key, fields: JsonObject) -> None:
        self._journal.record(
            kind,
            fields,
            generation=worker.generation,
            session_id=key[0] or None,
            turn=key[1] or None,
        )
