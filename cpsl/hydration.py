"""Make what handlers see, sessions and messages, from what is stored."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import cast

from cpsl.context import Identity
from cpsl.files import URL_PREFIX, FileStore
from cpsl.integration import IntegrationCredentials
from cpsl.messages import Attachment, Message, Sender
from cpsl.records import HistoryEntry, JsonObject, MessageRecord
from cpsl.session import Session, SessionChannel, UserInfo
from cpsl.turn_requests import BLOCK_SENDER, SessionState

HISTORY_LIMIT = 50


def make_session(state: SessionState, files: FileStore | None = None) -> Session:
    """Return the session that a handler gets; `files` is where its attachments may be kept."""
    return Session(
        id=state.id,
        user=UserInfo(id=state.user.id, email=state.user.email, org_id=state.user.org_id),
        channel=SessionChannel(type=state.channel),
        history=[make_message(entry, files=files) for entry in _newest(state.history)],
        data=state.data,
        integrations={name: _make_credentials(value) for name, value in state.integrations.items()},
    )


def make_message(
    record: MessageRecord | HistoryEntry, *, now: float = 0.0, files: FileStore | None = None
) -> Message:
    """Return the message that a handler gets, dated `now` where no time is stored."""
    return Message(
        text=record.text,
        sender=cast(Sender, record.sender),
        channel_type=record.channel_type,
        timestamp=_unix_time(record.timestamp) if record.timestamp else now,
        attachments=[_make_attachment(item, files) for item in record.attachments] or None,
    )


def identity_of(session: Session) -> Identity:
    """Return on whose behalf a handler of `session` acts."""
    user = session.user
    return Identity(
        user_id=user.id,
        owner_id=user.owner_id,
        email=user.email,
        org_id=user.org_id,
        session_id=session.id,
    )


def _newest(history: list[HistoryEntry]) -> list[HistoryEntry]:
    """Return what was said last, with the blocks in between, which do not count."""
    said = [number for number, entry in enumerate(history) if entry.sender != BLOCK_SENDER]
    return history[said[-HISTORY_LIMIT] :] if len(said) > HISTORY_LIMIT else history


def _make_attachment(record: JsonObject, files: FileStore | None) -> Attachment:
    attachment = Attachment(
        name=record.get("name", ""),
        content_type=record.get("content_type", ""),
        url=record.get("url", ""),
        size=record.get("size", 0),
    )
    if files is not None and attachment.url.startswith(URL_PREFIX):
        attachment.kept_at = files.find(attachment.url)
    return attachment


def _make_credentials(record: JsonObject) -> IntegrationCredentials:
    known = {item.name for item in fields(IntegrationCredentials)}
    return IntegrationCredentials(**{key: record[key] for key in known & record.keys()})


def _unix_time(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
