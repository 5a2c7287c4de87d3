"""The facts that a runtime emits, and where they go.

Each class is one kind of event; its fields are the fields of the event on the wire. Sinks must
be safe to call from any thread: a plain handler runs in one, and may start more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from cpsl.records import ErrorRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeEvent:
    """Something that happened in a turn, of which the enter hook is a part; 0 is the exit hook."""

    kind: ClassVar[str] = ""
    session_id: str | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySent(RuntimeEvent):
    """A whole reply."""

    kind: ClassVar[str] = "reply.sent"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStarted(RuntimeEvent):
    """A streamed reply begins. `reply` counts the replies of the turn from 0."""

    kind: ClassVar[str] = "reply.started"
    reply: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyChunk(RuntimeEvent):
    """More text of a streamed reply: only what is new."""

    kind: ClassVar[str] = "reply.chunk"
    reply: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFinished(RuntimeEvent):
    """A streamed reply ends. `text` is all of it."""

    kind: ClassVar[str] = "reply.finished"
    reply: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSent(RuntimeEvent):
    """A transient status line, replaced by the next."""

    kind: ClassVar[str] = "notification.sent"
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockShown(RuntimeEvent):
    """A block was shown, or replaced in place where its id was shown before."""

    kind: ClassVar[str] = "block.shown"
    id: str
    type: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataChanged(RuntimeEvent):
    """Top-level keys of `session.data` that differ from what was last told.

    `commit` asks for it to be stored now (`session.publish`, `session.flush_data`); without it
    the change is shown while the handler runs and stored when the turn ends.
    """

    kind: ClassVar[str] = "data.changed"
    changed: dict[str, Any] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    commit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConverted(RuntimeEvent):
    """A value in `session.data` was not JSON and was stored as `text` says."""

    kind: ClassVar[str] = "data.converted"
    path: str
    type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded(RuntimeEvent):
    """The handler is through. The last event of a turn, always sent, whatever the handler did."""

    kind: ClassVar[str] = "turn.ended"
    status: Literal["done", "failed", "interrupted"]
    reason: str = ""
    error: ErrorRecord | None = None


class EventSink(Protocol):
    """Where a runtime's events go. Called from any thread; must not block for long."""

    def emit(self, event: RuntimeEvent) -> None:
        """Take one event."""
