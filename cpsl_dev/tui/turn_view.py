"""What the screen knows of the turns of one session, brought up to date by events."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cpsl.records import ErrorRecord, HistoryEntry, JsonObject, TurnRecord
from cpsl_dev.event_log import Event
from cpsl_dev.tui.long_text import LongText

# Shown at once; more come when one scrolls up, and go again when one is back at the end.
SHOWN_TURNS = 60
_MOST_TURNS = 1_000
_CARDS = ("step_status", "activity")
_ERROR_FIELDS = ("type", "message", "file", "line", "text", "traceback")


@dataclass(slots=True, kw_only=True)
class ReplyView:
    """One reply, or a block, in the order in which they were shown."""

    text: LongText = field(default_factory=LongText)
    index: int | None = None
    is_open: bool = False
    block_id: str | None = None
    block_type: str = ""
    payload: JsonObject = field(default_factory=dict)

    @property
    def is_card(self) -> bool:
        """True for what is one of several in a list, such as a step."""
        return self.block_type in _CARDS


@dataclass(slots=True, kw_only=True)
class TurnView:
    """One message and what came of it. Turn 0 is what the app said before any message.

    `version` changes whenever anything else does; `is_newest` while no other turn follows.
    """

    turn: int
    text: str = ""
    source: str = ""
    attachments: list[str] = field(default_factory=list)
    time: str = ""
    status: str = "running"
    generation: int | None = None
    replies: list[ReplyView] = field(default_factory=list)
    notification: str = ""
    error: ErrorRecord | None = None
    reason: str = ""
    duration_ms: float | None = None
    first_reply_ms: float | None = None
    is_newest: bool = False
    version: int = 0

    @property
    def is_over(self) -> bool:
        """True when nothing more will happen."""
        return self.status in ("done", "failed", "interrupted")


def error_record(fields: JsonObject) -> ErrorRecord:
    """Read an error as events carry it."""
    known: JsonObject = {name: fields[name] for name in _ERROR_FIELDS if name in fields}
    return ErrorRecord(**{"type": "Error", "message": "", **known})


def view_of(record: TurnRecord) -> TurnView:
    """Show a turn that was read from the server."""
    replies = [ReplyView(text=LongText(reply.text)) for reply in record.replies]
    shown = list(replies)
    # From the last on, so that those before it keep their places.
    for block in reversed(record.blocks):
        view = ReplyView(block_id=block.id, block_type=block.type, payload=block.payload)
        shown.insert(block.after, view)
    notes = record.notifications
    return TurnView(
        turn=record.turn,
        text=record.message.text,
        source=record.message.channel_type,
        attachments=_names(record.message.attachments),
        time=record.message.timestamp or record.started_at or "",
        status=record.status,
        generation=record.generation,
        replies=shown,
        notification=notes[-1].text if notes and not record.is_over and not replies else "",
        error=record.error,
        reason=record.reason or "",
        duration_ms=record.duration_ms,
        first_reply_ms=record.first_reply_ms,
    )


class TurnViews:
    """The newest turns of a session, in order.

    Args:
        folder: The app's folder; files in it are shown without it.
    """

    def __init__(self, folder: str = "") -> None:
        self._folder = folder
        self._turns: dict[int, TurnView] = {}
        self._order: list[int] = []
        # Events up to this one are in what was read already.
        self._seq = 0

    def __iter__(self) -> Iterator[TurnView]:
        return iter([self._turns[turn] for turn in self._order])

    def __len__(self) -> int:
        return len(self._order)

    @property
    def oldest(self) -> int:
        """The lowest number of a turn that is here; 1 if there is none."""
        return next((turn for turn in self._order if turn), 1)

    @property
    def last(self) -> int:
        """The highest number of a turn that is here; 0 if there is none."""
        return self._order[-1] if self._order else 0

    @property
    def is_full(self) -> bool:
        """True when no older turns are taken any more."""
        return len(self._order) > _MOST_TURNS

    @property
    def running(self) -> TurnView | None:
        """The turn that escape cancels: the one that runs, or else the first that waits."""
        return next((turn for turn in self if not turn.is_over and turn.turn > 0), None)

    def last_failed(self, number: int | None = None) -> TurnView | None:
        """Return the newest turn that failed, or the one of a number."""
        failed = (turn for turn in reversed(list(self)) if turn.error)
        return next((turn for turn in failed if number in (None, turn.turn)), None)

    def load(self, records: Sequence[TurnRecord], greeting: list[HistoryEntry], seq: int) -> None:
        """Begin with what the server has; `seq` is the newest event that it knows of."""
        self._turns, self._order, self._seq = {}, [], seq
        if greeting:
            replies = [ReplyView(text=LongText(entry.text)) for entry in greeting]
            when = greeting[0].timestamp
            self._put(TurnView(turn=0, time=when, status="done", replies=replies))
        self.add(records)

    def add(self, records: Iterable[TurnRecord]) -> None:
        """Add older turns, or replace turns by what the server knows of them."""
        for record in records:
            view = view_of(record)
            known = self._turns.get(record.turn)
            if known is not None:
                view.version = known.version + 1
                view.source = known.source
            self._put(view)

    def trim(self) -> None:
        """Give up the oldest turns when there are many more than are shown at once."""
        if len(self._order) > 3 * SHOWN_TURNS:
            for turn in self._order[:-SHOWN_TURNS]:
                del self._turns[turn]
            self._order = self._order[-SHOWN_TURNS:]

    def apply(self, event: Event) -> bool:
        """Take an event of this session; return True if it changed anything that is shown."""
        change = _CHANGES.get(event.kind)
        if change is None or event.seq <= self._seq:
            return False
        # What an app says outside of any turn, such as a greeting, has no number.
        number = event.turn or 0
        view = self._turns.get(number)
        if view is None:
            if 0 < number < self.oldest and self._order:
                return False
            status = "running" if number else "done"
            view = TurnView(turn=number, time=event.time, status=status)
            self._put(view)
        if event.generation is not None:
            view.generation = event.generation
        change(view, event.fields)
        view.error = self._shortened(view.error)
        view.version += 1
        return True

    def _shortened(self, error: ErrorRecord | None) -> ErrorRecord | None:
        if error is None or not self._folder or error.file is None:
            return error
        return replace(error, file=error.file.removeprefix(f"{self._folder}/"))

    def _put(self, view: TurnView) -> None:
        view.error = self._shortened(view.error)
        if view.turn not in self._turns:
            insort(self._order, view.turn)
        self._turns[view.turn] = view
        for number in self._order[-2:]:
            turn, is_newest = self._turns[number], number == self._order[-1]
            if turn.is_newest != is_newest:
                turn.is_newest = is_newest
                turn.version += 1


def _names(attachments: list[JsonObject]) -> list[str]:
    return [str(item.get("name") or item.get("url") or "file") for item in attachments]


def _received(view: TurnView, fields: JsonObject) -> None:
    view.text = str(fields.get("text", ""))
    view.source = str(fields.get("source", ""))
    view.attachments = _names(fields.get("attachments") or [])
    view.status = "queued"


def _started(view: TurnView, fields: JsonObject) -> None:
    view.status = "running"


def _finished(view: TurnView, fields: JsonObject) -> None:
    view.status = "done"
    _end(view, fields)


def _failed(view: TurnView, fields: JsonObject) -> None:
    view.status = "failed"
    view.error = error_record(fields.get("error") or {})
    _end(view, fields)


def _interrupted(view: TurnView, fields: JsonObject) -> None:
    view.status = "interrupted"
    view.reason = str(fields.get("reason", ""))
    _end(view, fields)


def _end(view: TurnView, fields: JsonObject) -> None:
    view.duration_ms = fields.get("duration_ms")
    view.first_reply_ms = fields.get("first_reply_ms", view.first_reply_ms)
    view.notification = ""
    for reply in view.replies:
        reply.is_open = False


def _replied(view: TurnView, fields: JsonObject) -> None:
    view.notification = ""
    view.replies.append(ReplyView(text=LongText(str(fields.get("text", "")))))


def _reply(view: TurnView, fields: JsonObject) -> ReplyView:
    index = fields.get("reply")
    for reply in reversed(view.replies):
        if reply.index == index and reply.block_id is None:
            return reply
    reply = ReplyView(index=index, is_open=True)
    view.replies.append(reply)
    return reply


def _reply_started(view: TurnView, fields: JsonObject) -> None:
    _reply(view, fields)


def _chunk(view: TurnView, fields: JsonObject) -> None:
    view.notification = ""
    _reply(view, fields).text.append(str(fields.get("text", "")))


def _reply_finished(view: TurnView, fields: JsonObject) -> None:
    reply = _reply(view, fields)
    text = str(fields.get("text", ""))
    if len(text) != len(reply.text):
        reply.text = LongText(text)
    reply.is_open = False


def _notified(view: TurnView, fields: JsonObject) -> None:
    text, detail = str(fields.get("text", "")), str(fields.get("detail") or "")
    view.notification = f"{text}  {detail}" if detail else text


def _block(view: TurnView, fields: JsonObject) -> None:
    shown = ReplyView(
        block_id=str(fields.get("id", "")),
        block_type=str(fields.get("type", "")),
        payload=_mapping(fields.get("payload")),
    )
    for index, reply in enumerate(view.replies):
        if reply.block_id == shown.block_id:
            view.replies[index] = shown
            return
    view.replies.append(shown)


def _mapping(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


_CHANGES = {
    "message.received": _received,
    "turn.started": _started,
    "turn.finished": _finished,
    "turn.failed": _failed,
    "turn.interrupted": _interrupted,
    "reply.sent": _replied,
    "reply.started": _reply_started,
    "reply.chunk": _chunk,
    "reply.finished": _reply_finished,
    "notification.sent": _notified,
    "block.shown": _block,
}
