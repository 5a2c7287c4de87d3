"""The session that is on the screen: read from the server, kept up to date by events."""

from __future__ import annotations

from dataclasses import dataclass

from cpsl.records import SessionRecord
from cpsl_dev.event_log import Event
from cpsl_dev.tui.core_link import SessionSnapshot
from cpsl_dev.tui.data_model import DataModel, PatchMismatch
from cpsl_dev.tui.turn_view import TurnViews

_ENDED = ("turn.finished", "turn.failed", "turn.interrupted")


@dataclass(slots=True)
class Changed:
    """What a batch of events changed in what is shown."""

    turns: bool = False
    data: bool = False
    record: bool = False

    def add(self, other: Changed) -> None:
        """Take in what another event changed."""
        self.turns = self.turns or other.turns
        self.data = self.data or other.data
        self.record = self.record or other.record


class Conversation:
    """One session: its turns, its data, and its record.

    Args:
        data: The model that is shown.
        folder: The app's folder; files in it are shown without it.
    """

    def __init__(self, data: DataModel, folder: str = "") -> None:
        self._folder = folder
        self.session_id = ""
        self.record: SessionRecord | None = None
        self.turns = TurnViews(self._folder)
        self.data = data
        self._data_seq = 0
        # Turns that ran when they were read: some of their text may be missing, or come twice.
        self._partial: set[int] = set()

    @property
    def name(self) -> str:
        """Its id, and its title where it has one."""
        title = self.record.title if self.record is not None else ""
        return self.session_id if title in ("", self.session_id) else f"{self.session_id} · {title}"

    def begin(self, session_id: str) -> None:
        """Leave the session before; events of the new one count from now on."""
        self.session_id = session_id
        self.record = None
        self.turns = TurnViews(self._folder)
        self._partial = set()

    def load(self, snapshot: SessionSnapshot) -> None:
        """Take what was read of the session."""
        same = self.record is not None
        self.record = snapshot.session
        self._data_seq = snapshot.data_seq
        self.turns.load(snapshot.turns, snapshot.greeting, snapshot.seq)
        self._partial = {turn.turn for turn in snapshot.turns if not turn.is_over}
        self.data.load(snapshot.session.data, snapshot.session.revision, same_session=same)

    def load_record(self, record: SessionRecord, seq: int) -> None:
        """Take the session as it is now: what the server says counts. Events to `seq` are in it."""
        if record.id == self.session_id:
            self.record = record
            self._data_seq = seq
            self.data.load(record.data, record.revision, same_session=True)

    def apply(self, event: Event) -> Changed:
        """Take one event of this session."""
        changed = Changed(turns=self.turns.apply(event))
        if event.kind == "data.changed":
            changed.data = changed.record = True
            self._apply_patch(event)
        changed.record = changed.record or event.kind.startswith(("session.", *_ENDED, "message."))
        return changed

    def take_partial(self, event: Event) -> int | None:
        """Return the number of a turn that has to be read again, now that it is over."""
        if event.kind in _ENDED and event.turn in self._partial:
            self._partial.discard(event.turn)
            return event.turn
        return None

    def _apply_patch(self, event: Event) -> None:
        origin = event.fields.get("origin")
        cause = (origin, event.turn) if origin == "handler" else (origin, event.seq)
        follow = self.data.apply if event.seq > self._data_seq else self.data.mark
        try:
            follow(event.fields.get("patch") or [], cause=cause)
        except PatchMismatch:
            # The record is read again in a moment, and is right.
            return
