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
    Started,
    add_late_reply,
    commit_data,
    drop_turn,
    end_turn,
    no_turn,
    start_turn,
)
from cpsl_dev.worker_process import WorkerProcess

_RETRY_SECONDS = 0.5
_CANCEL_SECONDS = 2.0
# A message that comes right after a save is meant for the new code; one that comes while an app
# takes long to load is not kept waiting for it.
_NEW_CODE_SECONDS = 0.25

# Stores a message as the next turn of its session.
Accept = Callable[[Transaction], TurnRecord]


class Run:
    """One turn on one worker. `is_over` is set once its end is stored."""

    def __init__(self, live: LiveTurn, worker: WorkerProcess) -> None:
        self.live = live
        self.worker = worker
        self.is_ending = False
        self.is_over = asyncio.Event()
        self.ended: TurnRecord | None = None


class TurnRuns:
    """Every turn that runs, from its start to its stored end.

    Args:
        journal: Where turns are stored and told.
        supervisor: Has the worker that serves.
        is_loading: Tells whether a newer generation is being loaded.
        on_stuck: Called with a worker that does not let go of a cancelled turn.
        on_finished: Called when a handler ran to its end.
    """

    def __init__(
        self,
        journal: Journal,
        supervisor: Supervisor,
        *,
        is_loading: Callable[[], bool],
        on_stuck: Callable[[WorkerProcess], None],
        on_finished: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._supervisor = supervisor
        self._is_loading = is_loading
        self._on_stuck = on_stuck
        self._on_finished = on_finished
        self._runs: dict[Key, Run] = {}
        self._abandoned: set[tuple[int, Key]] = set()
        self._starting: dict[Key, asyncio.Event] = {}
        # What waits for a generation; the result is a reason not to run it any more.
        self._unserved: dict[Key, asyncio.Future[str | None]] = {}
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

    def has_block(self, session_id: str, block_id: str) -> bool:
        """Tell whether a turn that runs has shown a block with this id."""
        return any(
            block.id == block_id
            for key, run in self._runs.items()
            if key[0] == session_id
            for block in run.live.record().blocks
        )

    def generation_serves(self) -> None:
        """A generation serves, the new one or still the old: what waits for one goes on."""
        for unserved in self._unserved.values():
            if not unserved.done():
                unserved.set_result(None)

    @property
    def can_open(self) -> bool:
        """True while a generation serves that takes turns, and no newer one is about to."""
        return self._supervisor.accepting is not None and not self._is_loading()

    async def open(self, session_id: str, accept: Accept) -> tuple[TurnRecord, Run | None]:
        """Store a message, and start its turn in the same write, as nothing is before it.

        Returns:
            The turn as it was stored, and what `run` goes on with: None if the worker has died.

        Raises:
            DevError: what `accept` says, or the store; nothing was stored.
        """
        worker = self._supervisor.accepting
        assert worker is not None
        # A worker with a turn is not ended by a reload; the number of this one is not known yet.
        claim = (session_id, 0)
        worker.turns.add(claim)

        def operation(tx: Transaction) -> tuple[TurnRecord, Started | None]:
            taken = accept(tx)
            return (taken, start_turn(tx, (session_id, taken.turn), worker.generation))

        try:
            taken, started = await self._journal.write(operation)
            run = self._begin((session_id, taken.turn), started, worker)
        finally:
            self._supervisor.turn_ended(worker, claim)
        return (taken, run)

    async def run(self, key: Key, opened: Run | None = None) -> TurnRecord | None:
        """Run a stored turn on the generation that serves then; return it as it ended.

        None when it was not run, as it was over or gone.

        Args:
            key: Which turn.
            opened: What `open` has begun of it.
        """
        run = opened
        if run is None:
            started = self._starting[key] = asyncio.Event()
            try:
                run = await self._start(key)
            finally:
                del self._starting[key]
                started.set()
        if run is None:
            return None
        await run.is_over.wait()
        return run.ended

    async def cancel(self, key: Key, reason: str = "cancelled") -> bool:
        """End a turn that runs or is about to; return whether there was one."""
        unserved = self._unserved.get(key)
        if unserved is not None and not unserved.done():
            unserved.set_result(f"{reason} before it ran")
        if (starting := self._starting.get(key)) is not None:
            await starting.wait()
        run = self._runs.get(key)
        if run is None:
            return unserved is not None
        run.worker.send(CancelTurn(session_id=key[0], turn=key[1]))
        try:
            async with asyncio.timeout(_CANCEL_SECONDS):
                await run.is_over.wait()
        except TimeoutError:
            # What such a handler still says counts for nothing.
            self._abandoned.add((run.worker.pid, key))
            await self._end(key, "interrupted", "cancelled; the handler did not let go")
            self._on_stuck(run.worker)
        return True

    def take_events(self, worker: WorkerProcess, events: list[JsonObject]) -> None:
        """Take what a worker tells."""
        for event in events:
            key = (event.get("session_id") or "", event.get("turn") or 0)
            if (worker.pid, key) not in self._abandoned:
                self._take(worker, key, event)

    def worker_exited(self, worker: WorkerProcess, how: str) -> None:
        """The turns that this worker ran are cut off."""
        self._abandoned = {entry for entry in self._abandoned if entry[0] != worker.pid}
        for key, run in list(self._runs.items()):
            if run.worker is worker:
                ended = self._end(key, "interrupted", how, cut_off=True)
                spawn(ended, name=f"interrupt {key}")

    async def _start(self, key: Key) -> Run | None:
        while True:
            worker = await self._serving(key)
            if worker is None:
                return None
            # A worker with a turn is not ended by a reload, so this comes before the write.
            worker.turns.add(key)
            started: Started | None = None
            try:
                started = await self._keep(lambda tx: start_turn(tx, key, worker.generation))  # noqa: B023
            finally:
                if started is None:
                    self._supervisor.turn_ended(worker, key)
            if started is None:
                return None
            if (run := self._begin(key, started, worker)) is not None:
                return run

    def _begin(self, key: Key, started: Started | None, worker: WorkerProcess) -> Run | None:
        """Tell the worker of a turn that is stored as started.

        None if it died before it was told: the next one runs the turn.
        """
        if started is None or worker.exited.is_set():
            return None
        request, record, data = started
        worker.turns.add(key)
        run = self._runs[key] = Run(LiveTurn(record, data), worker)
        worker.send(RunTurn(request=request))
        return run

    async def _serving(self, key: Key) -> WorkerProcess | None:
        """Wait for a generation that serves; None when the turn was cancelled meanwhile.

        A newer one that is being loaded is waited for, but only for a moment.
        """
        seconds = _NEW_CODE_SECONDS if self._is_loading() else 0.0
        while self._supervisor.accepting is None or seconds:
            limit = None if self._supervisor.accepting is None else seconds
            seconds = 0.0
            unserved = self._unserved[key] = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait({unserved}, timeout=limit)
            finally:
                del self._unserved[key]
            if unserved.done() and (reason := unserved.result()) is not None:
                await self._keep(lambda tx: drop_turn(tx, key, reason))
                return None
        return self._supervisor.accepting

    def _take(self, worker: WorkerProcess, key: Key, event: JsonObject) -> None:
        kind, run = event["kind"], self._runs.get(key)
        if run is not None and (run.worker is not worker or run.is_ending):
            run = None
        if kind == TurnEnded.kind:
            if run is not None:
                ended = self._end(key, event["status"], event["reason"], error=event["error"])
                spawn(ended, name=f"end turn {key}")
            return
        if kind == "data.changed":
            self._take_data(worker, key, run, event)
            return
        if run is not None:
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
        self, worker: WorkerProcess, key: Key, run: Run | None, event: JsonObject
    ) -> None:
        live = LiveTurn(no_turn(key), {}) if run is None else run.live
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
        is_cut = status == "interrupted"
        record = live.record(status, error=error, reason=reason if is_cut else None)
        try:
            await self._keep(lambda tx: end_turn(tx, key, live, record, reason))
            run.ended = record
        finally:
            self._runs.pop(key, None)
            self._supervisor.turn_ended(worker, key)
            if status != "interrupted":
                self._on_finished()
            run.is_over.set()

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
