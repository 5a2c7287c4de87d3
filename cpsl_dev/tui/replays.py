"""Running a turn again on today's code: on demand, and after each reload of a pinned session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cpsl.concurrency import spawn
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import DevError
from cpsl_dev.time_travel import Replay
from cpsl_dev.tui.conversation import Conversation
from cpsl_dev.tui.screens.dialog import Ask
from cpsl_dev.tui.screens.story_screens import ReplayScreen
from cpsl_dev.tui.travel_link import TravelLink
from cpsl_dev.tui.turn_story import ReplayStory
from cpsl_dev.tui.widgets.replay_strip import ReplayStrip

_SHORT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A replay that waits to be kept or dropped."""

    session_id: str
    replay: Replay
    story: ReplayStory


class Replays:
    """Replays turns, shows what differs, and keeps it if that is wanted.

    Args:
        link: The way to the server.
        conversation: The session that is shown.
        ask: Shows a dialog and returns its answer.
        tell: Says something to the user: a text, and True if it is a warning.
        strip: Where replays after a reload are shown.
        pin: Shows which session is pinned.
    """

    def __init__(
        self,
        link: TravelLink,
        conversation: Conversation,
        ask: Ask,
        tell: Callable[[str, bool], None],
        *,
        strip: ReplayStrip,
        pin: Callable[[str], None],
    ) -> None:
        self._link = link
        self._conversation = conversation
        self._ask = ask
        self._tell = tell
        self._strip = strip
        self._pin = pin
        self.pinned = ""
        self._running: asyncio.Task[_Outcome] | None = None
        self._on_save: asyncio.Task[None] | None = None
        self._outcome: _Outcome | None = None

    async def replay(self, turn: int | None = None) -> None:
        """Run a turn, or the last, again; show old and new, and keep the new if that is wanted."""
        session_id = self._conversation.session_id
        if turn is None and self._waits_for(session_id):
            await self.do("open")
            return
        # One that is over at once has no need to be stopped.
        telling = asyncio.get_running_loop().call_later(
            _SHORT_SECONDS, self._tell, "The replay runs; F12 stops it.", False
        )
        try:
            outcome = await self._run(session_id, turn)
        finally:
            telling.cancel()
        if outcome is not None and await self._ask(ReplayScreen(outcome.story)):
            await self._keep(outcome)

    def stop(self) -> None:
        """Replay nothing more."""
        for task in (self._on_save, self._running):
            if task is not None:
                task.cancel()

    def take(self, events: Sequence[Event]) -> None:
        """Replay when a reload has succeeded. Of several, the newest counts."""
        kinds = {event.kind for event in events}
        if self.pinned and "reload.succeeded" in kinds:
            if self._on_save is not None:
                self._on_save.cancel()
            self._on_save = spawn(self._replay_on_save(self.pinned), name="replay on save")

    async def do(self, what: str) -> None:
        """Do something with the replay in the strip: `keep`, `drop` or `open`; or `pin`."""
        outcome = self._outcome
        if what == "pin":
            await self._toggle_pin()
        elif what == "drop":
            if self._running is not None:
                self._running.cancel()
            self._forget()
        elif outcome is None:
            self._tell("There is no replay to keep.", False)
        elif what == "keep" or await self._ask(ReplayScreen(outcome.story)):
            await self._keep(outcome)

    async def _toggle_pin(self) -> None:
        session_id = self._conversation.session_id
        if self.pinned == session_id:
            self.pinned = ""
            await self.do("drop")
            self._tell(f"{session_id} is pinned no more.", False)
        else:
            self.pinned = session_id
            self._tell(f"{session_id} is pinned: each reload replays its last turn.", False)
        self._pin(self.pinned)

    async def _replay_on_save(self, session_id: str) -> None:
        self._outcome = None
        self._strip.say(f"{session_id} · the last turn is replayed…", is_running=True)
        try:
            outcome = await self._run(session_id, None)
        except DevError as error:
            self._strip.say(f"{session_id} · no replay: {error}")
            return
        if outcome is not None:
            self._outcome = None if outcome.story.is_same else outcome
            self._strip.show(session_id, outcome.story)

    async def _run(self, session_id: str, turn: int | None) -> _Outcome | None:
        """Return what a replay gave; None when it was stopped, or gave way to a newer one."""
        if self._running is not None:
            self._running.cancel()
        running = self._running = spawn(self._outcome_of(session_id, turn), name="replay")
        await asyncio.wait([running])
        if self._running is running:
            self._running = None
        return None if running.cancelled() else running.result()

    def _waits_for(self, session_id: str) -> bool:
        """Tell whether the last turn of a session was replayed on save, and still is the last."""
        outcome = self._outcome
        if outcome is None or outcome.session_id != session_id:
            return False
        last = max((turn.turn for turn in self._conversation.turns), default=0)
        return outcome.story.before.turn == last

    async def _outcome_of(self, session_id: str, turn: int | None) -> _Outcome:
        return _Outcome(session_id, *await self._link.replay(session_id, turn))

    async def _keep(self, outcome: _Outcome) -> None:
        await self._link.adopt(outcome.session_id, outcome.replay)
        self._tell(f"The replay of turn {outcome.story.before.turn} is kept.", False)
        if outcome is self._outcome:
            self._forget()

    def _forget(self) -> None:
        self._outcome = None
        self._strip.clear()
