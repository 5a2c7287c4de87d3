"""The queue of each session: turns and edits, one after another; sessions side by side."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cpsl.concurrency import spawn
from cpsl.records import TurnRecord
from cpsl_dev.exceptions import (
    NoGeneration,
    QueueFull,
    StoreUnavailable,
    TurnNotFound,
    TurnOver,
)
from cpsl_dev.journal import Journal
from cpsl_dev.turn_runs import Accept, Run, TurnRuns
from cpsl_dev.turn_writes import drop_turn

T = TypeVar("T")

logger = logging.getLogger(__name__)

_MAX_WAITING = 100
_MAX_WAITING_IN_ALL = 1_000
_STOPPING = "The dev server is stopping: nothing was taken."


@dataclass(slots=True)
class _Edit:
    """A change of a session, and who waits for it."""

    change: Callable[[], Awaitable[Any]]
    done: asyncio.Future[Any]

    async def make(self) -> None:
        if self.done.cancelled():
            return
        try:
            result = await self.change()
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for the edit
            self.fail(error)
        else:
            if not self.done.done():
                self.done.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(slots=True)
class _Lane:
    """What waits in one session: a number is a turn. `current` is what is done now.

    `opened` is there while a message that found the session idle is stored and begun; what comes
    meanwhile waits behind it.
    """

    waiting: deque[int | _Edit] = field(default_factory=deque)
    current: int | _Edit | None = None
    opened: asyncio.Event | None = None
    task: asyncio.Task[None] | None = None


class TurnQueue:
    """Owns the order in which things happen in a session."""

    def __init__(self, journal: Journal, runs: TurnRuns) -> None:
        self._journal = journal
        self._runs = runs
        self._lanes: dict[str, _Lane] = {}
        self._over: dict[tuple[str, int], asyncio.Future[TurnRecord | None]] = {}
        self._places: Counter[str] = Counter()
        self._is_stopping = False

    def is_busy(self, session_id: str) -> bool:
        """Tell whether a turn of this session runs or waits."""
        return session_id in self._lanes

    async def take(self, session_id: str, accept: Accept) -> TurnRecord:
        """Store a message with `accept`, and run it when its time comes; return it as stored.

        Raises:
            QueueFull: too many wait already; nothing was stored.
            NoGeneration: the server is about to end; nothing was stored.
            StoreUnavailable: nothing was stored.
        """
        if self._is_stopping:
            raise NoGeneration(_STOPPING)
        self._check_room(session_id)
        with self._place(session_id):
            if session_id not in self._lanes and self._runs.can_open:
                return await self._open(session_id, accept)
            taken = await self._journal.write(accept)
            self._expect(taken)
            self._append(session_id, taken.turn)
            return taken

    async def edit(self, session_id: str, change: Callable[[], Awaitable[T]]) -> T:
        """Make a change once all that was asked for before is done; return its result.

        Raises:
            NoGeneration: the server is about to end; nothing was changed.
        """
        if self._is_stopping:
            raise NoGeneration(_STOPPING)
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._append(session_id, _Edit(change, done))
        return await done

    async def wait(self, session_id: str, turn: int) -> TurnRecord | None:
        """Wait until a turn is over; return it as it ended, None when only the store knows."""
        over = self._over.get((session_id, turn))
        return None if over is None else await asyncio.shield(over)

    async def cancel(
        self, session_id: str, turn: int, reason: str = "cancelled"
    ) -> TurnRecord | None:
        """End a turn that waits or runs; return it as it ended, None when only the store knows.

        Raises:
            TurnNotFound: there is no such turn.
            TurnOver: it has ended already.
        """
        lane = await self._lane(session_id)
        # Asked for now: what comes next in the session may rewind it.
        over = self._over.get((session_id, turn))
        if lane is not None and turn in lane.waiting:
            lane.waiting.remove(turn)
            await self._drop(session_id, turn, f"{reason} before it ran")
            return None if over is None else await asyncio.shield(over)
        if await self._runs.cancel((session_id, turn), reason):
            return None if over is None else await asyncio.shield(over)
        found = await self._journal.read(lambda store: store.turns.find(session_id, turn))
        if found is None or not found.is_over:
            raise TurnNotFound(session_id, turn)
        raise TurnOver(session_id, turn, found.status)

    async def clear(self, session_id: str, reason: str) -> None:
        """End all that runs and waits in a session."""
        lane = await self._lane(session_id)
        if lane is None:
            return
        turns = [step for step in lane.waiting if isinstance(step, int)]
        for turn in turns:
            lane.waiting.remove(turn)
        for turn in turns:
            await self._drop(session_id, turn, reason)
        if isinstance(lane.current, int):
            await self._runs.cancel((session_id, lane.current), reason)

    def hold(self) -> None:
        """Take nothing more, and start nothing more of what waits."""
        self._is_stopping = True

    async def stop(self) -> None:
        """End what is left; the turns that wait stay stored, to be marked by `recover_turns`."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    async def release(self) -> None:
        """Let go of everyone who waits for a turn or an edit: nothing more will happen."""
        for lane in self._lanes.values():
            for step in (*lane.waiting, lane.current):
                if isinstance(step, _Edit):
                    step.fail(NoGeneration(_STOPPING))
        waited_for = {key: over for key, over in self._over.items() if not over.done()}
        ended: dict[tuple[str, int], TurnRecord | None] = {}
        with suppress(StoreUnavailable):
            ended = await self._journal.read(
                lambda store: {key: store.turns.find(*key) for key in waited_for}
            )
        for key, over in waited_for.items():
            over.set_result(ended.get(key))

    async def _open(self, session_id: str, accept: Accept) -> TurnRecord:
        """Store a message that need not wait, and begin its turn, in one write."""
        lane = self._lanes[session_id] = _Lane(opened=asyncio.Event())
        first = None
        try:
            taken, run = await self._runs.open(session_id, accept)
            self._expect(taken)
            lane.current, first = taken.turn, (taken.turn, run)
            return taken
        finally:
            assert lane.opened is not None
            lane.opened.set()
            lane.opened = None
            lane.task = spawn(self._run(session_id, lane, first), name=f"lane {session_id}")

    async def _lane(self, session_id: str) -> _Lane | None:
        """Return what waits in a session, once it is known what it begins with."""
        lane = self._lanes.get(session_id)
        if lane is not None and lane.opened is not None:
            await lane.opened.wait()
        return lane

    @contextmanager
    def _place(self, session_id: str) -> Iterator[None]:
        """Hold a place for a message while it is stored."""
        self._places[session_id] += 1
        try:
            yield
        finally:
            self._places[session_id] -= 1
            self._places += Counter()  # which forgets those that are zero

    def _expect(self, taken: TurnRecord) -> None:
        """Let others wait for the end of a turn from now on."""
        over = asyncio.get_running_loop().create_future()
        self._over[(taken.session_id, taken.turn)] = over

    def _check_room(self, session_id: str) -> None:
        lane = self._lanes.get(session_id)
        here = self._places[session_id] + (0 if lane is None else len(lane.waiting))
        if here >= _MAX_WAITING:
            raise QueueFull(f"{here} turns wait in session {session_id!r} already. Try again soon.")
        everywhere = sum(len(other.waiting) for other in self._lanes.values())
        if everywhere + self._places.total() >= _MAX_WAITING_IN_ALL:
            raise QueueFull(f"{_MAX_WAITING_IN_ALL} turns wait in all already. Try again soon.")

    async def _drop(self, session_id: str, turn: int, reason: str) -> None:
        try:
            await self._journal.write(lambda tx: drop_turn(tx, (session_id, turn), reason))
        finally:
            self._finish(session_id, turn)

    def _append(self, session_id: str, step: int | _Edit) -> None:
        lane = self._lanes.setdefault(session_id, _Lane())
        lane.waiting.append(step)
        if lane.task is None and lane.opened is None:
            lane.task = spawn(self._run(session_id, lane), name=f"lane {session_id}")

    async def _run(
        self, session_id: str, lane: _Lane, first: tuple[int, Run | None] | None = None
    ) -> None:
        if first is not None:
            await self._run_turn(session_id, *first)
            lane.current = None
        while lane.waiting and not self._is_stopping:
            step = lane.current = lane.waiting.popleft()
            if isinstance(step, _Edit):
                await step.make()
            else:
                await self._run_turn(session_id, step)
            lane.current = None
        if not self._is_stopping:
            del self._lanes[session_id]

    async def _run_turn(self, session_id: str, turn: int, opened: Run | None = None) -> None:
        ended = None
        try:
            ended = await self._runs.run((session_id, turn), opened)
        except Exception as error:  # one turn that cannot run must not stop those behind it
            logger.exception("Turn %s of session %s cannot be run", turn, session_id)
            with suppress(Exception):
                await self._drop(session_id, turn, f"the dev server could not run it: {error}")
        self._finish(session_id, turn, ended)

    def _finish(self, session_id: str, turn: int, ended: TurnRecord | None = None) -> None:
        over = self._over.pop((session_id, turn), None)
        if over is not None and not over.done():
            over.set_result(ended)
