"""What is stored and shown of sessions and turns: frozen values, in the shape of the JSON.

Front ends encode these with orjson as they are, so a field's name is its name on the wire.
Times are ISO 8601 text in UTC, durations milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

TurnStatus = Literal["queued", "running", "done", "failed", "interrupted"]
JsonObject = dict[str, Any]
JsonPatch = list[JsonObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """Who a session belongs to."""

    id: str
    email: str | None = None
    org_id: str | None = None
    owner_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """An exception of the app: where in the user's files, and the text of the line that ran."""

    type: str
    message: str
    file: str | None = None
    line: int | None = None
    text: str | None = None
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """What a user said. `attachments` are objects with name, content_type, url and size."""

    text: str
    sender: str = "user"
    channel_type: str = "chat"
    timestamp: str = ""
    attachments: list[JsonObject] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRecord:
    """One reply of a turn: sent whole, or streamed."""

    text: str
    streamed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRecord:
    """A transient status line."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRecord:
    """A block as it was shown last. `after` so many replies of its turn it was shown first."""

    id: str
    type: str
    payload: JsonObject
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One message and all that its handler did. `reason` says why it was interrupted."""

    session_id: str
    turn: int
    generation: int | None
    status: TurnStatus
    message: MessageRecord
    replies: list[ReplyRecord] = field(default_factory=list)
    notifications: list[NotificationRecord] = field(default_factory=list)
    blocks: list[BlockRecord] = field(default_factory=list)
    data_patch: JsonPatch = field(default_factory=list)
    error: ErrorRecord | None = None
    reason: str | None = None
    started_at: str | None = None
    duration_ms: float | None = None
    first_reply_ms: float | None = None

    @property
    def is_over(self) -> bool:
        """True when nothing more will happen in this turn."""
        return self.status in ("done", "failed", "interrupted")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that was said in a session. `index` counts from 0, without a gap."""

    index: int
    sender: str
    text: str
    channel_type: str
    timestamp: str
    turn: int
    attachments: list[JsonObject] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """The newest entries below an index, oldest first, and how many there are in all."""

    history: list[HistoryEntry]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """A session as lists show it."""

    id: str
    title: str
    user: UserRecord
    channel: str
    turns: int
    busy: bool
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session whole. `history`: the newest 200 entries. `revision` grows with each change."""

    id: str
    title: str
    user: UserRecord
    channel: str
    data: JsonObject
    history: list[HistoryEntry]
    integrations: JsonObject
    revision: int
    turns: int
    busy: bool
    created_at: str
    updated_at: str
