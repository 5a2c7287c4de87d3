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
from cpsl_dev.turn_runs import TurnRuns
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
    """What waits in one session: a number is a turn. `current` is what is done now."""

    waiting: deque[int | _Edit] = field(default_factory=deque)
    current: int | _Edit | None = None
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
        lane = self._lanes.get(session_id)
        return lane is not None and (lane.current is not None or bool(lane.waiting))

    @contextmanager
    def place(self, session_id: str) -> Iterator[None]:
        """Hold a place for a message while it is stored; `add` it inside.

        Raises:
            QueueFull: too many wait already.
            NoGeneration: the server is about to end.
        """
        if self._is_stopping:
            raise NoGeneration(_STOPPING)
        self._check_room(session_id)
        self._places[session_id] += 1
        try:
            yield
        finally:
            self._places[session_id] -= 1
            self._places += Counter()  # which forgets those that are zero

    def add(self, session_id: str, turn: int) -> None:
        """Run a stored turn when its time comes."""
        self._over[(session_id, turn)] = asyncio.get_running_loop().create_future()
        self._append(session_id, turn)

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
        # Asked for now: what comes next in the session may rewind it.
        over = self._over.get((session_id, turn))
        lane = self._lanes.get(session_id)
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
        lane = self._lanes.get(session_id)
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
        if lane.task is None:
            lane.task = spawn(self._run(session_id, lane), name=f"lane {session_id}")

    async def _run(self, session_id: str, lane: _Lane) -> None:
        while lane.waiting and not self._is_stopping:
            step = lane.current = lane.waiting.popleft()
            if isinstance(step, _Edit):
                await step.make()
            else:
                await self._run_turn(session_id, step)
            lane.current = None
        if not self._is_stopping:
            del self._lanes[session_id]

    async def _run_turn(self, session_id: str, turn: int) -> None:
        ended = None
        try:
            ended = await self._runs.run((session_id, turn))
        except Exception as error:  # one turn that cannot run must not stop those behind it
            logger.exception("Turn %s of session %s cannot be run", turn, session_id)
            with suppress(Exception):
                await self._drop(session_id, turn, f"the dev server could not run it: {error}")
        self._finish(session_id, turn, ended)

    def _finish(self, session_id: str, turn: int, ended: TurnRecord | None = None) -> None:
        over = self._over.pop((session_id, turn), None)
        if over is not None and not over.done():
            over.set_result(ended)
