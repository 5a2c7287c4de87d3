"""The queue of each session: turns and edits, one after another; sessions side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cpsl.concurrency import spawn
from cpsl_dev.exceptions import QueueFull, TurnNotFound, TurnOver
from cpsl_dev.journal import Journal
from cpsl_dev.turn_runs import TurnRuns
from cpsl_dev.turn_writes import drop_turn

T = TypeVar("T")

_MAX_WAITING = 100
_MAX_WAITING_IN_ALL = 1_000


@dataclass(slots=True)
class _Lane:
    """What waits in one session: a number is a turn, anything else an edit."""

    waiting: deque[int | Callable[[], Awaitable[None]]] = field(default_factory=deque)
    running: int | None = None
    task: asyncio.Task[None] | None = None


class TurnQueue:
    """Owns the order in which things happen in a session."""

    def __init__(self, journal: Journal, runs: TurnRuns) -> None:
        self._journal = journal
        self._runs = runs
        self._lanes: dict[str, _Lane] = {}
        self._over: dict[tuple[str, int], asyncio.Event] = {}

    def is_busy(self, session_id: str) -> bool:
        """Tell whether a turn of this session runs or waits."""
        lane = self._lanes.get(session_id)
        return lane is not None and (lane.running is not None or bool(lane.waiting))

    def check_room(self, session_id: str) -> None:
        """Refuse a message that would wait behind too many others.

        Raises:
            QueueFull: with the number that wait already.
        """
        lane = self._lanes.get(session_id)
        here = 0 if lane is None else len(lane.waiting)
        if here >= _MAX_WAITING:
            raise QueueFull(f"{here} turns wait in session {session_id!r} already. Try again soon.")
        if sum(len(other.waiting) for other in self._lanes.values()) >= _MAX_WAITING_IN_ALL:
            raise QueueFull(f"{_MAX_WAITING_IN_ALL} turns wait in all already. Try again soon.")

    def add(self, session_id: str, turn: int) -> None:
        """Run a stored turn when its time comes."""
        self._over[(session_id, turn)] = asyncio.Event()
        self._append(session_id, turn)

    async def edit(self, session_id: str, change: Callable[[], Awaitable[T]]) -> T:
        """Make a change once all that was asked for before is done; return its result."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            if done.cancelled():
                return
            try:
                result = await change()
            except Exception as error:  # noqa: BLE001 - handed to whoever asked for the edit
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)

        self._append(session_id, run)
        return await done

    async def wait(self, session_id: str, turn: int) -> None:
        """Wait until a turn is over."""
        over = self._over.get((session_id, turn))
        if over is not None:
            await over.wait()

    async def cancel(self, session_id: str, turn: int, reason: str = "cancelled") -> None:
        """End a turn that waits or runs.

        Raises:
            TurnNotFound: there is no such turn.
            TurnOver: it has ended already.
        """
        lane = self._lanes.get(session_id)
        if lane is not None and turn in lane.waiting:
            lane.waiting.remove(turn)
            await self._drop(session_id, turn, f"{reason} before it ran")
            return
        if await self._runs.cancel((session_id, turn)):
            await self.wait(session_id, turn)
            return
        found = await self._journal.read(lambda store: store.turns.find(session_id, turn))
        if found is None:
            raise TurnNotFound(session_id, turn)
        if found.is_over:
            raise TurnOver(session_id, turn, found.status)
        # It is about to start: what it starts as can be cancelled in a moment.
        await asyncio.sleep(0)
        await self.cancel(session_id, turn, reason)

    async def clear(self, session_id: str, reason: str) -> None:
        """End all that runs and waits in a session."""
        lane = self._lanes.get(session_id)
        if lane is None:
            return
        turns = [step for step in lane.waiting if isinstance(step, int)]
        for turn in turns:
            lane.waiting.remove(turn)
            await self._drop(session_id, turn, reason)
        if lane.running is not None:
            await self._runs.cancel((session_id, lane.running))

    async def stop(self) -> None:
        """Start nothing more; what waits stays stored, and is marked at the next start."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    async def _drop(self, session_id: str, turn: int, reason: str) -> None:
        await self._journal.write(lambda tx: drop_turn(tx, (session_id, turn), reason))
        self._finish(session_id, turn)

    def _append(self, session_id: str, step: int | Callable[[], Awaitable[None]]) -> None:
        lane = self._lanes.setdefault(session_id, _Lane())
        lane.waiting.append(step)
        if lane.task is None:
            lane.task = spawn(self._run(session_id, lane), name=f"lane {session_id}")

    async def _run(self, session_id: str, lane: _Lane) -> None:
        while lane.waiting:
            step = lane.waiting.popleft()
            if not isinstance(step, int):
                await step()
                continue
            lane.running = step
            try:
                await self._runs.run((session_id, step))
            finally:
                lane.running = None
                self._finish(session_id, step)
        del self._lanes[session_id]

    def _finish(self, session_id: str, turn: int) -> None:
        over = self._over.pop((session_id, turn), None)
        if over is not None:
            over.set()
