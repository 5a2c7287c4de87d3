"""What the runtime is asked to run: a message, and the session as it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cpsl.blocks import Block
from cpsl.json_values import dumps
from cpsl.records import BlockRecord, HistoryEntry, JsonObject, MessageRecord, UserRecord

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """One message to run. `is_new` asks for the enter hook first."""

    session: SessionState
    turn: int
    message: MessageRecord
    chat: str | None = None
    is_new: bool = False


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


def _block_entry(block: BlockRecord, after: HistoryEntry) -> HistoryEntry:
    envelope = Block(block.type, block.payload, block.id).to_envelope()
    text = dumps(envelope).decode()
    return replace(after, sender=BLOCK_SENDER, text=text, attachments=[])
