"""A turn while it runs: what has been told of it so far, as one record."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import Any

from cpsl.clock import to_iso, utc_now
from cpsl.records import (
    BlockRecord,
    ErrorRecord,
    HistoryEntry,
    JsonObject,
    JsonPatch,
    MessageRecord,
    NotificationRecord,
    ReplyRecord,
    TurnRecord,
    TurnStatus,
)
from cpsl.store import TurnChange
from cpsl_dev.event_log import Event
from cpsl_dev.patches import difference

_KEPT_NOTIFICATIONS = 1_000


@dataclass(slots=True)
class _Reply:
    parts: list[str] = field(default_factory=list)
    streamed: bool = False
    at: str = ""


class LiveTurn:
    """Gathers the events of one turn.

    Args:
        record: The turn as it was stored when it began.
        data: The data of the session when it began.
    """

    def __init__(self, record: TurnRecord, data: JsonObject) -> None:
        self.data = data
        self.data_before = data
        self.change = TurnChange()
        self._stored = data
        self._record = record
        self._began = time.perf_counter()
        self._first_reply_ms: float | None = None
        self._replies: list[_Reply] = []
        self._open: dict[int, _Reply] = {}
        self._notifications: list[NotificationRecord] = []
        self._blocks: dict[str, BlockRecord] = {}

    @property
    def message(self) -> MessageRecord:
        """What the user said."""
        return self._record.message

    def take(self, event: JsonObject) -> None:
        """Take what the worker tells of this turn, but for its data and its end."""
        match event["kind"]:
            case "reply.sent":
                self._note_text(event["text"])
                self._replies.append(_Reply([event["text"]], streamed=False, at=_now()))
            case "reply.started":
                reply = self._open[event["reply"]] = _Reply(streamed=True, at=_now())
                self._replies.append(reply)
            case "reply.chunk":
                self._note_text(event["text"])
                # Of a turn that is rebuilt, the oldest events may be forgotten already.
                if event["reply"] not in self._open:
                    self.take({"kind": "reply.started", "reply": event["reply"]})
                self._open[event["reply"]].parts.append(event["text"])
            case "notification.sent":
                if len(self._notifications) < _KEPT_NOTIFICATIONS:
                    note = NotificationRecord(text=event["text"], detail=event["detail"])
                    self._notifications.append(note)
            case "block.shown":
                known = self._blocks.get(event["id"])
                after = len(self._replies) if known is None else known.after
                block = BlockRecord(
                    id=event["id"], type=event["type"], payload=event["payload"], after=after
                )
                self._blocks[block.id] = block

    def change_data(self, event: JsonObject) -> JsonPatch:
        """Take changed top-level keys; return what that changes in the data."""
        step = TurnChange(changed=event["changed"], removed=event["removed"])
        after = step.apply_to(self.data)
        patch = difference(self.data, after)
        self.data = after
        changed = {key: value for key, value in self.change.changed.items() if key in after}
        gone = [key for key in (*self.change.removed, *step.removed) if key not in after]
        self.change = TurnChange(
            changed={**changed, **step.changed}, removed=list(dict.fromkeys(gone))
        )
        return patch

    def take_change(self) -> TurnChange:
        """Return what is to be stored now: it is not taken back any more."""
        change, self.change = self.change, TurnChange()
        self._stored = self.data
        return change

    def take_back(self) -> JsonPatch:
        """Undo what was not stored; return what that changes in the data."""
        names = {*self.change.changed, *self.change.removed}
        before = {name: value for name, value in self.data.items() if name not in names}
        before |= {name: value for name, value in self._stored.items() if name in names}
        patch = difference(self.data, before)
        self.data, self.change = before, TurnChange()
        return patch

    def record(
        self,
        status: TurnStatus | None = None,
        *,
        error: JsonObject | None = None,
        reason: str | None = None,
        patch: JsonPatch | None = None,
    ) -> TurnRecord:
        """Return the turn as it is now, or as it ended."""
        known = self._record
        # A stream in which nothing was written is no reply.
        places = [at for at, reply in enumerate(self._replies) if reply.parts or not reply.streamed]
        return TurnRecord(
            session_id=known.session_id,
            turn=known.turn,
            generation=known.generation,
            status=status or known.status,
            message=known.message,
            replies=[
                ReplyRecord(
                    text="".join(self._replies[at].parts), streamed=self._replies[at].streamed
                )
                for at in places
            ],
            notifications=list(self._notifications),
            blocks=[
                replace(block, after=bisect_left(places, block.after))
                for block in self._blocks.values()
            ],
            data_patch=difference(self.data_before, self.data) if patch is None else patch,
            error=None if error is None else ErrorRecord(**error),
            reason=reason,
            started_at=known.started_at,
            duration_ms=self.elapsed_ms() if status else None,
            first_reply_ms=self._first_reply_ms,
        )

    def entries(self) -> list[HistoryEntry]:
        """Return what the app said, for the history."""
        return [
            HistoryEntry(
                index=0,
                sender="app",
                text="".join(reply.parts),
                channel_type=self.message.channel_type,
                timestamp=reply.at,
                turn=self._record.turn,
            )
            for reply in self._replies
            if reply.parts
        ]

    def elapsed_ms(self) -> float:
        """Return how long the turn has run."""
        return round((time.perf_counter() - self._began) * 1_000, 2)

    def _note_text(self, text: str) -> None:
        if self._first_reply_ms is None and text:
            self._first_reply_ms = self.elapsed_ms()


def rebuild(record: TurnRecord, events: list[Event]) -> LiveTurn:
    """Gather what was told of a turn that a crash has cut off."""
    live = LiveTurn(record, {})
    # A session that was deleted may have had the same id and the same turns.
    starts = [number for number, event in enumerate(events) if event.kind == "turn.started"]
    for event in events[starts[-1] if starts else 0 :]:
        live.take({**event.fields, "kind": event.kind})
    return live


def user_entry(record: TurnRecord) -> HistoryEntry:
    """Return what the user said, for the history."""
    message = record.message
    return HistoryEntry(
        index=0,
        sender=message.sender,
        text=message.text,
        channel_type=message.channel_type,
        timestamp=message.timestamp,
        turn=record.turn,
        attachments=message.attachments,
    )


def _now() -> str:
    return to_iso(utc_now())


def as_fields(event: JsonObject) -> JsonObject:
    """Return the fields that belong to the kind of an event from the worker."""
    common: tuple[Any, ...] = ("kind", "session_id", "turn")
    return {name: value for name, value in event.items() if name not in common}
