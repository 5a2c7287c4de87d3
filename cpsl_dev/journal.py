"""The one thread that writes: state and events, committed together, then published.

An event gets its number when it is committed, and is shown to readers after that. So numbers
have no gaps, are never used twice, and nobody has seen what a crash could take back.

What waits is committed as one group, so that a busy stream costs few writes to the disk. Events
that come in floods, such as chunks and output, are held for a few milliseconds to that end.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from cpsl.clock import Clock, to_iso, utc_now
from cpsl.json_values import to_json
from cpsl.records import JsonObject
from cpsl.store import EventRow, SqliteStore
from cpsl_dev.event_log import Event, EventLog
from cpsl_dev.exceptions import DevError, StoreUnavailable
from cpsl_dev.recorder import Draft, Recorder

T = TypeVar("T")

logger = logging.getLogger(__name__)

# What a handler tells comes in floods, or is followed at once by the end of its turn: it may wait
# this long for company. Everything else is committed as it comes.
_FLOODING = ("reply.", "block.", "data.", "output.", "log.", "notification.")
_HOLD_SECONDS = 0.008
_RETRY_SECONDS = 0.5
# Well below the size of a subscription, so that a reader who keeps up is never cut off.
_BATCH = 400
_HELD_WHEN_FULL = 10_000
# An operation's own faults: they do not say that the store cannot be written.
_OWN_FAULTS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
)
_KEPT_EVENTS = 1_000_000
_PRUNE_EVERY = 50_000


class Transaction:
    """What an operation may do: change the store, and `record` the events that tell of it."""

    def __init__(self, store: SqliteStore, now: str) -> None:
        self.store = store
        self.now = now
        self.drafts: list[Draft] = []
        self.record = Recorder(self.drafts.append, lambda: now)


@dataclass(slots=True)
class _Step:
    """Something for the thread to do, and who waits for it."""

    operation: Callable[[Transaction], Any] | None = None
    query: Callable[[SqliteStore], Any] | None = None
    draft: Draft | None = None
    future: asyncio.Future[Any] | None = None
    result: Any = None
    error: BaseException | None = None
    drafts: list[Draft] = field(default_factory=list)


class Journal:
    """Runs every read and write of the store, one after another, in a thread of its own.

    `record` adds an event that comes with no write, and that nobody waits for.

    Args:
        path: The database file.
        log: Where committed events are published, on the loop that called `open`.
        clock: Stamps the events.
    """

    def __init__(self, path: Path, log: EventLog, *, clock: Clock = utc_now) -> None:
        self.failing = False
        self.moved_aside: Path | None = None
        self.record = Recorder(self._keep, self._now)
        self._path = path
        self._log = log
        self._clock = clock
        self._steps: queue.SimpleQueue[_Step | None] = queue.SimpleQueue()
        self._backlog: deque[Draft] = deque(maxlen=_HELD_WHEN_FULL)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._last_seq = 0
        self._pruned_at = 0

    @property
    def waiting(self) -> int:
        """How many steps wait for the thread."""
        return self._steps.qsize()

    async def open(self) -> None:
        """Open the store and start the thread.

        Raises:
            StoreTooNew: the file was written by a newer version.
            StoreUnavailable: the file cannot be opened.
        """
        self._loop = asyncio.get_running_loop()
        opened = self._loop.create_future()
        self._thread = threading.Thread(
            target=self._run, args=(opened,), name="cpsl-journal", daemon=True
        )
        self._thread.start()
        rows, bounds = await opened
        self._log.restore([_event(row) for row in rows], *bounds)

    async def close(self) -> None:
        """Commit what waits, close the file and end the thread."""
        # Nothing may come after the end: nobody would do it, and whoever waits would wait for ever.
        thread, self._thread = self._thread, None
        if thread is not None:
            self._steps.put(None)
            await asyncio.to_thread(thread.join)

    async def write(self, operation: Callable[[Transaction], T]) -> T:
        """Run `operation` in a transaction; return its result once that is on the disk.

        Raises:
            StoreUnavailable: nothing was written.
            DevError: the operation's own; what it did is undone.
        """
        return await self._wait_for(_Step(operation=operation))  # type: ignore[no-any-return]

    async def read(self, query: Callable[[SqliteStore], T]) -> T:
        """Return what `query` reads, after everything that was written before."""
        return await self._wait_for(_Step(query=query))  # type: ignore[no-any-return]

    def _keep(self, draft: Draft) -> None:
        self._steps.put(_Step(draft=draft))

    def _now(self) -> str:
        return to_iso(self._clock())

    async def _wait_for(self, step: _Step) -> Any:
        if self._thread is None or self._loop is None:
            raise StoreUnavailable("The store is closed.")
        step.future = self._loop.create_future()
        self._steps.put(step)
        return await step.future

    # What follows runs in the thread.

    def _run(self, opened: asyncio.Future[Any]) -> None:
        try:
            store = SqliteStore(self._path)
            self.moved_aside = store.moved_aside
            bounds = store.events.bounds()
            self._last_seq = self._pruned_at = bounds[1]
            rows = store.events.read(after=0, limit=1_000, newest=True)
        except BaseException as error:  # noqa: BLE001 - whoever opens it is told
            failure = _as_dev_error(error, self._path)
            self._tell(lambda: opened.set_exception(failure))
            return
        self._tell(lambda: opened.set_result((rows, bounds)))
        try:
            while self._run_group(store):
                pass
        finally:
            store.close()

    def _run_group(self, store: SqliteStore) -> bool:
        """Do all that waits as one transaction; return False once the end was asked for."""
        steps, goes_on = self._collect()
        writes = [step for step in steps if step.query is None]
        events = self._commit(store, writes) if writes or self._backlog else []
        for step in steps:
            if step.query is not None:
                _run_query(store, step)
        self._tell(lambda: self._deliver(events, steps))
        return goes_on

    def _collect(self) -> tuple[list[_Step], bool]:
        """Take what waits, up to the first read; hold on while there are only loose events."""
        steps: list[_Step] = []
        deadline = 0.0
        while len(steps) < _BATCH:
            try:
                step = self._next(steps, deadline)
            except queue.Empty:
                break
            if step is None:
                return (steps, False)
            deadline = deadline or time.monotonic() + _HOLD_SECONDS
            steps.append(step)
            if step.query is not None:
                break
        return (steps, True)

    def _next(self, steps: list[_Step], deadline: float) -> _Step | None:
        if not steps:
            return self._steps.get(timeout=_RETRY_SECONDS if self._backlog else None)
        draft = steps[-1].draft
        if draft is None or not draft.kind.startswith(_FLOODING):
            return self._steps.get_nowait()
        return self._steps.get(timeout=max(0.0, deadline - time.monotonic()))

    def _commit(self, store: SqliteStore, steps: list[_Step]) -> list[Event]:
        held = list(self._backlog)
        # Nobody has acted on an event that no change of state came with.
        is_durable = any(step.operation is not None for step in steps)
        try:
            with store.transaction(durable=is_durable):
                if self.failing:
                    held.append(self._draft("store.recovered"))
                drafts = [*held, *self._run_steps(store, steps)]
                events = self._append(store, drafts)
        except sqlite3.Error as error:
            self._fail(steps, error)
            return []
        except Exception as error:  # the thread must live: everybody waits for it
            logger.exception("Events and writes were dropped")
            self._backlog.clear()
            for step in steps:
                step.error = error
            return []
        self._backlog.clear()
        self.failing = False
        if events:
            self._last_seq = events[-1].seq
        return events

    def _run_steps(self, store: SqliteStore, steps: list[_Step]) -> list[Draft]:
        drafts: list[Draft] = []
        for step in steps:
            if step.draft is not None:
                drafts.append(step.draft)
                continue
            transaction = Transaction(store, self._now())
            try:
                with store.savepoint():
                    assert step.operation is not None
                    step.result = step.operation(transaction)
            except Exception as error:
                if isinstance(error, sqlite3.Error) and not isinstance(error, _OWN_FAULTS):
                    raise
                step.error = error
                continue
            drafts += transaction.drafts
        return drafts

    def _append(self, store: SqliteStore, drafts: list[Draft]) -> list[Event]:
        rows, events = [], []
        for seq, draft in enumerate(drafts, self._last_seq + 1):
            where = (draft.kind, draft.generation, draft.session_id, draft.turn)
            fields, text = _encode(draft.fields)
            rows.append(EventRow(seq, draft.time, *where, text))
            events.append(Event(seq, draft.time, *where, fields))
        store.events.append(rows)
        if rows and rows[-1].seq - self._pruned_at > _PRUNE_EVERY:
            self._pruned_at = rows[-1].seq
            first = store.events.prune(_KEPT_EVENTS)
            self._tell(lambda: setattr(self._log, "first_seq", first))
        return events

    def _fail(self, steps: list[_Step], error: sqlite3.Error) -> None:
        """Tell everyone that nothing was taken; hold the loose events until there is room."""
        for step in steps:
            step.error = StoreUnavailable(f"The store {self._path} cannot be written: {error}.")
            if step.draft is not None:
                self._backlog.append(step.draft)
        if not self.failing:
            self.failing = True
            self._backlog.append(self._draft("store.failed", {"message": str(error)}))

    def _draft(self, kind: str, fields: JsonObject | None = None) -> Draft:
        return Draft(self._now(), kind, None, None, None, fields or {})

    def _tell(self, callback: Callable[[], Any]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            # The loop is closed: nobody is left to be told.
            return

    # And this on the loop again.

    def _deliver(self, events: list[Event], steps: list[_Step]) -> None:
        # Both are there before anybody runs again; who waits for a step runs before the readers.
        for step in steps:
            if step.future is None or step.future.done():
                continue
            if step.error is not None:
                step.future.set_exception(step.error)
            else:
                step.future.set_result(step.result)
        self._log.publish(events)


def _run_query(store: SqliteStore, step: _Step) -> None:
    assert step.query is not None
    try:
        step.result = step.query(store)
    except sqlite3.Error as error:
        step.error = StoreUnavailable(f"The store {store.path} cannot be read: {error}.")
    except Exception as error:  # noqa: BLE001 - handed to whoever waits for the step
        step.error = error


def _encode(fields: JsonObject) -> tuple[JsonObject, str]:
    """Return fields that can be stored, and their JSON text."""
    try:
        return (fields, orjson.dumps(fields).decode())
    except TypeError:
        # Text of a client, such as a path, that is no Unicode.
        cleaned = to_json(fields)
        return (cleaned, orjson.dumps(cleaned).decode())


def _event(row: EventRow) -> Event:
    return Event(*row[:6], fields=orjson.loads(row.fields))


def _as_dev_error(error: BaseException, path: Path) -> BaseException:
    if isinstance(error, DevError) or not isinstance(error, (sqlite3.Error, OSError)):
        return error
    return StoreUnavailable(f"The store {path} cannot be opened: {error}.")
