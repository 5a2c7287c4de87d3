"""The one place where the screen talks to the server: every call runs on the core's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cpsl.records import (
    BlockRecord,
    HistoryEntry,
    HistoryPage,
    JsonObject,
    SessionRecord,
    SessionSummary,
    TurnRecord,
)
from cpsl_dev.core_thread import CoreThread
from cpsl_dev.debugger import OnPause
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import RevisionMoved
from cpsl_dev.inputs import user_from_option
from cpsl_dev.tui.data_edits import DataBusy, Edit
from cpsl_dev.tui.travel_link import TravelLink
from cpsl_dev.tui.turn_view import SHOWN_TURNS, error_record
from cpsl_dev.tui.widgets.error_banner import Trouble

OLDER_EVENTS = 400
_SCAN = 4_000
_SCANS = 12
_POLL_SECONDS = 0.05
# An edit that waits for a turn finds other data then, and is tried again.
_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSnapshot:
    """A session with its newest turns.

    Events up to `seq` are in the turns, events up to `data_seq` in the session.
    """

    session: SessionRecord
    turns: list[TurnRecord]
    greeting: list[HistoryEntry]
    seq: int
    data_seq: int


class CoreLink:
    """What the screen asks of the server, and how."""

    def __init__(self, core: CoreThread) -> None:
        self._core = core
        self._server = core.server
        self.travel = TravelLink(core)
        self._remove_listener: Callable[[], None] | None = None
        self._remove_offer: Callable[[], None] | None = None

    @property
    def last_seq(self) -> int:
        """The number of the newest event."""
        return self._server.log.last_seq

    @property
    def folder(self) -> Path:
        """The app's folder."""
        return self._server.config.entry.folder

    @property
    def url(self) -> str:
        """Where the debug endpoint listens; empty while it does not."""
        return self._server.url or ""

    def user_id(self, option: str) -> str | None:
        """Return the id of the user that `--user` names."""
        user = user_from_option(option)
        return None if user is None else user["id"]

    async def wait_for_url(self, timeout_seconds: float = 10.0) -> None:
        """Wait until the debug endpoint listens."""
        for _ in range(int(timeout_seconds / _POLL_SECONDS)):
            if self.url:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def listen(self, listener: Callable[[Sequence[Event]], None]) -> list[Event]:
        """Call `listener` with every event from now on; return the newest before that."""

        async def attach() -> list[Event]:
            self._remove_listener = self._server.log.add_listener(listener)
            return self._server.log.recent(1_000)

        return await self._core.call(attach)

    def stop_listening(self) -> None:
        """Call the listener no more."""
        if self._remove_listener is not None:
            self._core.post(self._remove_listener)

    async def offer_terminal(self, on_pause: OnPause) -> None:
        """Offer a terminal to code that stops, and to what has stopped already."""

        async def offer() -> None:
            self._remove_offer = self._server.debugger.offer(on_pause)
            for pause in self._server.debugger.pauses:
                on_pause(pause)

        await self._core.call(offer)

    def take_terminal_back(self) -> None:
        """Offer it no more."""
        if self._remove_offer is not None:
            self._core.post(self._remove_offer)

    async def attach_debugger(self, pid: int) -> int:
        """Lend a terminal to a process that has stopped; return its near side."""
        return await self._core.call(self._server.debugger.attach, pid)

    async def status(self) -> JsonObject:
        """Return the state of the server."""

        async def read() -> JsonObject:
            return self._server.status()

        return await self._core.call(read)

    async def app_description(self) -> JsonObject | None:
        """Return what the app declares."""

        async def read() -> JsonObject | None:
            return self._server.app_description()

        return await self._core.call(read)

    async def sessions(self) -> list[SessionSummary]:
        """Return all sessions."""
        return await self._core.call(self._server.sessions)

    async def create_session(
        self,
        session_id: str | None,
        user: str | None,
        *,
        channel: str | None = None,
        data: JsonObject | None = None,
    ) -> SessionRecord:
        """Make a session; without an id it gets one."""
        return await self._core.call(
            self._server.create_session,
            session_id=session_id,
            user=user_from_option(user) if user else None,
            channel=channel,
            data=data,
            origin="screen",
        )

    async def delete_session(self, session_id: str) -> None:
        """Delete a session, after the app's exit hook."""
        await self._core.call(self._server.delete_session, session_id)

    async def session(self, session_id: str) -> tuple[SessionRecord, int]:
        """Return a session, and the number of the newest event that is in it."""

        async def read() -> tuple[SessionRecord, int]:
            record = await self._server.session(session_id)
            return (record, self._server.log.last_seq)

        return await self._core.call(read)

    async def snapshot(self, session_id: str) -> SessionSnapshot:
        """Return a session with its newest turns."""

        async def read() -> SessionSnapshot:
            seq = self._server.log.last_seq
            session = await self._server.session(session_id)
            data_seq = self._server.log.last_seq
            turns = await self._server.turns(session_id, limit=SHOWN_TURNS)
            greeting = [
                entry for entry in session.history if entry.turn == 0 and entry.sender != "user"
            ]
            return SessionSnapshot(
                session=session, turns=turns, greeting=greeting, seq=seq, data_seq=data_seq
            )

        return await self._core.call(read)

    async def turns_before(self, session_id: str, turn: int) -> list[TurnRecord]:
        """Return the turns below a number, as many as are shown at once."""
        return await self._core.call(self._server.turns, session_id, before=turn, limit=SHOWN_TURNS)

    async def turn(self, session_id: str, turn: int) -> TurnRecord:
        """Return a turn."""
        return await self._core.call(self._server.turn, session_id, turn)

    async def history_before(self, session_id: str, index: int) -> HistoryPage:
        """Return older entries of the history."""
        return await self._core.call(self._server.history, session_id, before=index, limit=200)

    async def send(
        self, session_id: str, text: str, attachments: Sequence[JsonObject] = ()
    ) -> TurnRecord:
        """Send a message; return when it is kept."""
        return await self._core.call(
            self._server.send, session_id, text, attachments=list(attachments), source="screen"
        )

    async def change_data(self, session_id: str, make: Callable[[JsonObject], Edit]) -> Edit:
        """Make an edit once no turn runs; it is made anew for the data as it is then.

        Raises:
            DevError: what `make` raises, when the data is not what it was thought to be.
        """

        async def change() -> Edit:
            for _ in range(_TRIES):
                record = await self._server.session(session_id)
                edit = make(record.data)
                with suppress(RevisionMoved):
                    await self._server.patch_data(
                        session_id, edit.patch, revision=record.revision, origin="inspector"
                    )
                    return edit
            raise DataBusy(session_id)

        return await self._core.call(change)

    async def cancel(self, session_id: str, turn: int) -> TurnRecord:
        """Interrupt a turn."""
        return await self._core.call(self._server.cancel_turn, session_id, turn)

    async def waiting_prompts(self) -> list[tuple[str, BlockRecord]]:
        """Return every prompt that waits, with its session, the oldest first."""

        async def read() -> list[tuple[str, BlockRecord]]:
            return self._server.prompts.waiting

        return await self._core.call(read)

    async def answer_block(self, session_id: str, block_id: str, answer: JsonObject) -> None:
        """Answer a prompt."""
        await self._core.call(self._server.answer_block, session_id, block_id, answer)

    async def keep_file(self, path: str) -> JsonObject:
        """Keep a file that goes with a message; return it as an attachment."""
        return await self._core.call(self._server.prompts.keep_file, path)

    async def reload(self) -> JsonObject:
        """Load the app again; return how that went."""
        return await self._core.call(self._server.reload)

    async def restart_worker(self) -> JsonObject:
        """Load the app again, and end the worker before at once; return how the load went."""
        return await self._core.call(self._server.restart_worker)

    async def newest_events(self, kinds: tuple[str, ...], limit: int) -> list[Event]:
        """Return the newest events of these kinds."""
        return await self._core.call(self._server.events, kinds=kinds, limit=limit, newest=True)

    async def events_before(
        self, seq: int, kinds: tuple[str, ...], shows: Callable[[Event], bool]
    ) -> tuple[list[Event], bool]:
        """Return older events that are shown, and True if there are none before them."""
        return await self._core.call(self._events_before, seq, kinds, shows)

    async def _events_before(
        self, seq: int, kinds: tuple[str, ...], shows: Callable[[Event], bool]
    ) -> tuple[list[Event], bool]:
        found: list[Event] = []
        first = self._server.log.first_seq
        for _ in range(_SCANS):
            after = max(first - 1, seq - 1 - _SCAN)
            page = await self._server.events(after=after, limit=seq - 1 - after, kinds=kinds)
            found = [event for event in page if event.seq < seq and shows(event)] + found
            seq = after + 1
            if seq <= first:
                return (found, True)
            if len(found) >= OLDER_EVENTS:
                break
        return (found, False)


def trouble_of(status: JsonObject) -> Trouble | None:
    """Return what keeps the newest save from running, as a status tells it."""
    if status.get("state") != "failed" or not status.get("error"):
        return None
    return Trouble(error=error_record(status["error"]), generation=status.get("generation"))
