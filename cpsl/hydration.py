"""Make what handlers see, sessions and messages, from what is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import cast

from cpsl.blocks import Block
from cpsl.context import Identity
from cpsl.integration import IntegrationCredentials
from cpsl.json_values import dumps
from cpsl.messages import Attachment, Message, Sender
from cpsl.records import BlockRecord, HistoryEntry, JsonObject, MessageRecord, UserRecord
from cpsl.session import Session, SessionChannel, UserInfo

HISTORY_LIMIT = 50
BLOCK_SENDER = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """A session as a turn finds it: `history` without the message that is about to run.

    Blocks of earlier turns stand in the history with the sender "block", their JSON as the text.
    """

    id: str
    user: UserRecord
    channel: str = "chat"
    data: JsonObject = field(default_factory=dict)
    history: list[HistoryEntry] = field(default_factory=list)
    integrations: JsonObject = field(default_factory=dict)


def make_session(state: SessionState) -> Session:
    """Return the session that a handler gets."""
    return Session(
        id=state.id,
        user=UserInfo(id=state.user.id, email=state.user.email, org_id=state.user.org_id),
        channel=SessionChannel(type=state.channel),
        history=[make_message(entry) for entry in _newest(state.history)],
        data=state.data,
        integrations={name: _make_credentials(value) for name, value in state.integrations.items()},
    )


def with_blocks(
    history: list[HistoryEntry], blocks: Iterable[tuple[int, BlockRecord]]
) -> list[HistoryEntry]:
    """Return a history with blocks put in, each behind what was said in its turn.

    Args:
        blocks: Each with the number of its turn, oldest first. Of a block that was shown in
            several turns only the newest is put in.
    """
    newest = {block.id: (turn, block) for turn, block in blocks}
    last = {entry.turn: position for position, entry in enumerate(history)}
    shown: dict[int, list[BlockRecord]] = {}
    for turn, block in newest.values():
        if turn in last:
            shown.setdefault(last[turn], []).append(block)
    result: list[HistoryEntry] = []
    for position, entry in enumerate(history):
        result.append(entry)
        result += [_block_entry(block, entry) for block in shown.get(position, ())]
    return result


def make_message(record: MessageRecord | HistoryEntry, *, now: float = 0.0) -> Message:
    """Return the message that a handler gets, dated `now` where no time is stored."""
    return Message(
        text=record.text,
        sender=cast(Sender, record.sender),
        channel_type=record.channel_type,
        timestamp=_unix_time(record.timestamp) if record.timestamp else now,
        attachments=[_make_attachment(item) for item in record.attachments] or None,
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


def _block_entry(block: BlockRecord, after: HistoryEntry) -> HistoryEntry:
    envelope = Block(block.type, block.payload, block.id).to_envelope()
    text = dumps(envelope).decode()
    return replace(after, sender=BLOCK_SENDER, text=text, attachments=[])


def _newest(history: list[HistoryEntry]) -> list[HistoryEntry]:
    """Return what was said last, with the blocks in between, which do not count."""
    said = [number for number, entry in enumerate(history) if entry.sender != BLOCK_SENDER]
    return history[said[-HISTORY_LIMIT] :] if len(said) > HISTORY_LIMIT else history


def _make_attachment(record: JsonObject) -> Attachment:
    return Attachment(
        name=record.get("name", ""),
        content_type=record.get("content_type", ""),
        url=record.get("url", ""),
        size=record.get("size", 0),
    )


def _make_credentials(record: JsonObject) -> IntegrationCredentials:
    known = {item.name for item in fields(IntegrationCredentials)}
    return IntegrationCredentials(**{key: record[key] for key in known & record.keys()})


def _unix_time(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
