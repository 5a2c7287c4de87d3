"""What the screen asks of the server about the past: turns whole, rewind, fork, replay, export."""

from __future__ import annotations

from pathlib import Path

from cpsl_dev.core_thread import CoreThread
from cpsl_dev.exceptions import TurnNotOver
from cpsl_dev.export import export
from cpsl_dev.time_travel import Replay
from cpsl_dev.tui.turn_story import ReplayStory, TurnStory


class TravelLink:
    """Like `CoreLink`, for time travel: every call runs on the core's loop."""

    def __init__(self, core: CoreThread) -> None:
        self._core = core
        self._server = core.server

    async def story(self, session_id: str, turn: int) -> TurnStory:
        """Return all that is known of a turn."""

        async def read() -> TurnStory:
            travel = self._server.time_travel
            record = await self._server.turn(session_id, turn)
            events = await travel.events_of(session_id, turn)
            try:
                data = await travel.data_of(session_id, turn)
            except TurnNotOver:
                return TurnStory(record=record, events=events)
            return TurnStory(
                record=record,
                events=events,
                before=data.before,
                after=data.after,
                patch=data.patch,
            )

        return await self._core.call(read)

    async def turns_after(self, session_id: str, turn: int) -> list[int]:
        """Return the numbers of the turns that a rewind to a turn would cut."""
        turns = await self._core.call(self._server.turns, session_id)
        return [found.turn for found in turns if found.turn > turn]

    async def rewind(self, session_id: str, turn: int) -> None:
        """Bring a session back to the state after a turn."""
        await self._core.call(self._server.time_travel.rewind, session_id, turn)

    async def fork(self, session_id: str, turn: int) -> str:
        """Make a new session in the state after a turn; return its id."""
        return (await self._core.call(self._server.time_travel.fork, session_id, turn)).id

    async def replay(self, session_id: str, turn: int | None) -> tuple[Replay, ReplayStory]:
        """Run a turn, or the last, again on today's code; what is kept, and what is shown of it."""

        async def run() -> tuple[Replay, ReplayStory]:
            travel = self._server.time_travel
            replay = await travel.replay(session_id, turn)
            number = replay.before.turn
            then = await travel.data_of(session_id, number)
            newest = await self._server.turns(session_id, limit=1)
            story = ReplayStory(
                before=replay.before,
                after=replay.after,
                data_before=then.after,
                data_after=replay.data,
                patch=replay.diff.data,
                is_same=replay.diff.same,
                is_last=bool(newest) and newest[0].turn == number,
            )
            return (replay, story)

        return await self._core.call(run)

    async def adopt(self, session_id: str, replay: Replay) -> None:
        """Put the outcome of a replay in the place of the turn."""
        await self._core.call(self._server.time_travel.adopt, session_id, replay)

    async def export(self, session_id: str, folder: Path) -> str:
        """Return a session as the source of a test in a folder."""
        return await self._core.call(export, self._server, session_id, folder=folder)
