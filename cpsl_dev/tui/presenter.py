"""Between the server and the panes: events come up and are shown, wishes go down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cpsl.records import JsonObject, SessionSummary
from cpsl_dev.config import Config
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import DevError
from cpsl_dev.tui.conversation import Changed, Conversation
from cpsl_dev.tui.core_link import OLDER_EVENTS, CoreLink, trouble_of
from cpsl_dev.tui.feed import Batch
from cpsl_dev.tui.refreshing import Refresh
from cpsl_dev.tui.troubles import last_words, newest_error
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.error_banner import ErrorBanner
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.header_bar import HeaderBar, Headline
from cpsl_dev.tui.widgets.inspector import Inspector

_STATUS_KINDS = ("reload.", "worker.", "server.", "boot.", "store.")
_UNREAD_KINDS = ("message.", "reply.", "turn.failed")
_NEWEST_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Panes:
    """What there is to show things in."""

    header: HeaderBar
    banner: ErrorBanner
    chat: ChatPane
    inspector: Inspector
    events: EventPane


class Follower(Protocol):
    """Shows one subject of its own, beside the presenter."""

    def take(self, event: Event) -> None:
        """Take an event of any session."""

    def session_opened(self) -> None:
        """Another session is shown, or the same one was read again."""

    def stop(self) -> None:
        """Read nothing more."""


class Presenter:
    """Knows what is on the screen, and asks the server for it.

    Args:
        link: The way to the server.
        config: The settings that the screen shows or needs.
        panes: Where things are shown.
        tell: Says something to the user: a text, and True if it is a warning.
    """

    def __init__(
        self, link: CoreLink, config: Config, panes: Panes, tell: Callable[[str, bool], None]
    ) -> None:
        folder = str(config.entry.folder)
        self.conversation = Conversation(panes.inspector.model, folder)
        panes.events.model.folder = self._folder = folder
        self.unread: set[str] = set()
        self.status: JsonObject = {}
        self.followers: list[Follower] = []
        self._pinned = ""
        self._scratch: set[str] = set()
        self._link = link
        self._config = config
        self._panes = panes
        self._tell = tell
        self._sending = asyncio.Lock()
        self._is_open = asyncio.Event()
        self._reload_ms: float | None = None
        self._notes: dict[str, str] = {}
        self._told: set[str] = set()
        self._last_failure: JsonObject | None = None
        self._partial_ended: set[int] = set()
        self._refreshes = {
            "status": Refresh(self._read_status, least_seconds=0.05),
            "record": Refresh(self._read_record, least_seconds=0.1),
            "app": Refresh(self._read_app, least_seconds=0.2),
            "turns": Refresh(self._read_turns, least_seconds=0.1),
            "gone": Refresh(self._open_another, least_seconds=0.1),
            "all": Refresh(self._read_all, least_seconds=0.5),
        }

    async def start(self, take: Callable[[Sequence[Event]], None], preferred: str) -> None:
        """Begin to listen, and open the session that was asked for, or the last one."""
        recent = await self._link.listen(take)
        self._panes.events.load(recent)
        for event in recent:
            self._note(event)
        self._refreshes["status"].request()
        self._refreshes["app"].request()
        try:
            await self.open_session(await self._first_session(preferred))
        except DevError as error:
            # Whatever is wrong with that one: there must be somewhere to write.
            self._tell(str(error), True)
            await self.new_session()
        await self._link.wait_for_url()
        self._show_headline()

    def stop(self) -> None:
        """Read nothing more."""
        for follower in self.followers:
            follower.stop()
        for refresh in self._refreshes.values():
            refresh.stop()

    def apply(self, batch: Batch) -> None:
        """Show what happened."""
        changed = Changed()
        unread = len(self.unread)
        for event in batch.state:
            self._take(event, changed)
        self._panes.events.add(batch.log, skipped=batch.skipped)
        if changed.turns:
            self._show_turns()
        if changed.data:
            self._panes.inspector.show_data()
        if changed.record:
            self._refreshes["record"].request()
        if batch.lost:
            self._refreshes["all"].request()
        if len(self.unread) != unread:
            self._show_headline()

    async def open_session(self, session_id: str) -> None:
        """Show a session from now on."""
        snapshot = await self._link.snapshot(session_id)
        if self.conversation.session_id != session_id:
            self.conversation.begin(session_id)
            self._panes.chat.log_view.restart()
            self._panes.inspector.restart()
        self.conversation.load(snapshot)
        self._is_open.set()
        self.unread.discard(session_id)
        self._show_turns()
        self._show_record()
        self._show_headline()
        for follower in self.followers:
            follower.session_opened()

    def show_pinned(self, session_id: str) -> None:
        """Show which session is replayed after each reload; empty for none."""
        self._pinned = session_id
        self._show_headline()

    async def new_session(self, session_id: str | None = None, user: str | None = None) -> None:
        """Make a session and show it."""
        record = await self._link.create_session(session_id, user)
        await self.open_session(record.id)

    def set_note(self, name: str, text: str) -> None:
        """Say something in the header until it is said otherwise; nothing with an empty text."""
        self._notes[name] = text
        self._show_headline()

    def mark_unread(self, session_id: str) -> None:
        """Note that something in another session wants to be seen."""
        known = {self.conversation.session_id, *self.unread, *self._scratch}
        if session_id not in known:
            self.unread.add(session_id)
            self._show_headline()

    async def sessions(self) -> list[SessionSummary]:
        """Return all sessions, and remember their ids for completion."""
        found = await self._link.sessions()
        self._panes.chat.session_ids = [session.id for session in found]
        return found

    async def send(self, text: str, attachments: Sequence[JsonObject] = ()) -> None:
        """Send a message in the session that is shown."""
        # Who types before there is a session waits for it.
        await self._is_open.wait()
        session_id = self.conversation.session_id
        # Who sends wants to see it go, and the answer come.
        self._panes.chat.log_view.follow()
        # Two messages sent in a hurry must not overtake each other.
        async with self._sending:
            await self._link.send(session_id, text, attachments)

    async def send_again(self, turn: int | None = None) -> None:
        """Send the message of a turn once more; the newest one if none is named."""
        turns = [view.turn for view in self.conversation.turns if view.turn > 0]
        if turn is None and not turns:
            self._tell("There is no message yet.", True)
            return
        record = await self._link.turn(self.conversation.session_id, turn or turns[-1])
        await self.send(record.message.text, record.message.attachments)

    async def cancel(self) -> None:
        """Interrupt the turn that runs, or take back the first that waits."""
        running = self.conversation.turns.running
        if running is None:
            self._tell("Nothing runs in this session.", False)
            return
        await self._link.cancel(self.conversation.session_id, running.turn)

    async def reload(self) -> None:
        """Load the app again."""
        await self._link.reload()

    async def show_older_turns(self) -> None:
        """Read the turns before the first one that is shown."""
        turns = self.conversation.turns
        session_id, oldest = self.conversation.session_id, turns.oldest
        if oldest <= 1 or turns.is_full:
            return
        older = await self._link.turns_before(session_id, oldest)
        if session_id == self.conversation.session_id and oldest == turns.oldest:
            turns.add(older)
            self._show_turns()

    async def show_older_history(self, before: int) -> None:
        """Read the entries of the history before the first one that is shown."""
        page = await self._link.history_before(self.conversation.session_id, before)
        self._panes.inspector.show_older_history(page.history)

    async def show_events(self, before: int | None) -> None:
        """Read events for the event log: the newest, or those before a number."""
        pane = self._panes.events
        model = pane.model
        if before is None:
            before = self._link.last_seq + 1
            if not model.text and model.group != "errors":
                pane.load(await self._link.newest_events(model.kinds, _NEWEST_EVENTS))
                return
            found, _ = await self._link.events_before(before, model.kinds, model.shows)
            pane.load(found)
            return
        found, complete = await self._link.events_before(before, model.kinds, model.shows)
        pane.load_older(found[-10 * OLDER_EVENTS :], complete=complete)

    def newest_error(self, turn: int | None = None) -> tuple[str, str] | None:
        """Return a title and the traceback of the newest error: of the load, or of a turn."""
        return newest_error(self._panes.banner.trouble, self.conversation.turns, turn)

    def last_words(self) -> list[str]:
        """Return the newest error of this run, to be said when the screen is gone."""
        return last_words(self._panes.banner.trouble, self._last_failure, self._folder)

    async def _first_session(self, preferred: str) -> str:
        sessions = await self.sessions()
        ids = [session.id for session in sessions]
        wanted = self._config.session_id
        if wanted is not None:
            if wanted not in ids:
                await self._link.create_session(wanted, None)
            return wanted
        if self._config.user is not None:
            mine = self._link.user_id(self._config.user)
            ids = [session.id for session in sessions if session.user.id == mine]
        if preferred in ids:
            return preferred
        if ids:
            return ids[0]
        return (await self._link.create_session(None, None)).id

    def _take(self, event: Event, changed: Changed) -> None:
        for follower in self.followers:
            follower.take(event)
        if event.kind.startswith(_STATUS_KINDS):
            self._take_status(event)
        self._note(event)
        if event.session_id is None:
            return
        if event.session_id != self.conversation.session_id:
            if event.kind == "message.received" and event.fields.get("source") == "replay":
                # A copy that nobody can open.
                self._scratch.add(event.session_id)
            if event.session_id not in self._scratch and event.kind.startswith(_UNREAD_KINDS):
                self.unread.add(event.session_id)
            return
        if event.kind == "session.closed":
            self._refreshes["gone"].request()
            return
        if event.kind == "session.rewound":
            # Turns are gone, and none of them says so itself.
            self._refreshes["all"].request()
        changed.add(self.conversation.apply(event))
        ended = self.conversation.take_partial(event)
        if ended is not None:
            self._partial_ended.add(ended)
            self._refreshes["turns"].request()

    def _note(self, event: Event) -> None:
        """Remember what is shown later, or when the screen is gone."""
        if event.kind == "reload.succeeded":
            self._reload_ms = event.fields.get("duration_ms")
        elif event.kind == "server.started":
            self._last_failure = None
        elif event.kind == "turn.failed" and event.session_id not in self._scratch:
            self._last_failure = event.fields.get("error")

    def _take_status(self, event: Event) -> None:
        self._refreshes["status"].request()
        if event.kind == "reload.succeeded":
            self._refreshes["app"].request()

    async def _read_status(self) -> None:
        self.status = await self._link.status()
        self._panes.banner.trouble = trouble_of(self.status)
        for warning in self.status.get("warnings") or []:
            if warning not in self._told:
                self._told.add(warning)
                self._tell(str(warning), True)
        self._show_headline()

    async def _read_record(self) -> None:
        self.conversation.load_record(*await self._link.session(self.conversation.session_id))
        self._show_record()
        self._show_headline()

    async def _read_turns(self) -> None:
        session_id = self.conversation.session_id
        ended, self._partial_ended = self._partial_ended, set()
        records = [await self._link.turn(session_id, turn) for turn in ended]
        if session_id == self.conversation.session_id:
            self.conversation.turns.add(records)
            self._show_turns()

    async def _read_all(self) -> None:
        """Read the state again: too much has happened to follow it."""
        self._refreshes["status"].request()
        await self.open_session(self.conversation.session_id)

    async def _open_another(self) -> None:
        """Show the session that changed last, or a new one: the one that was shown is gone."""
        found = [session.id for session in await self.sessions()]
        if not found:
            await self.new_session()
        elif self.conversation.session_id not in found:
            await self.open_session(found[0])

    async def _read_app(self) -> None:
        self._panes.inspector.show_app(await self._link.app_description())

    def _show_turns(self) -> None:
        if self._panes.chat.log_view.is_following:
            self.conversation.turns.trim()
        turns = list(self.conversation.turns)
        self._panes.chat.show_turns(turns)
        self._panes.inspector.show_turns(turns)

    def _show_record(self) -> None:
        record = self.conversation.record
        if record is None:
            return
        inspector = self._panes.inspector
        inspector.show_session(record)
        total = record.history[-1].index + 1 if record.history else 0
        inspector.show_history(record.history, total)
        inspector.show_data()

    def _show_headline(self) -> None:
        status, record = self.status, self.conversation.record
        user = record.user if record is not None else None
        pending = ", ".join(status.get("pending") or [])
        notes = [f"⟳ {self._pinned} F6"] if self._pinned else []
        notes += [note for note in self._notes.values() if note]
        notes += [f"saved: {pending}"] if pending else []
        if not self._config.auth:
            notes.append("no auth")
        self._panes.header.headline = Headline(
            app_name=status.get("app_name") or "",
            entry=status.get("entry") or self._config.entry.text,
            state=status.get("state") or "starting",
            generation=status.get("generation"),
            reload_ms=self._reload_ms,
            url=self._link.url,
            user=(user.email or user.id) if user is not None else "",
            unread=len(self.unread),
            notes=tuple(notes),
        )
        note = f"● {len(self.unread)} unread ^O" if self.unread else ""
        self._panes.chat.show_title(self.conversation.name, note)
