"""Turns on disk: one message each, and all that its handler did."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import orjson

from cpsl.records import (
    BlockRecord,
    ErrorRecord,
    JsonObject,
    MessageRecord,
    NotificationRecord,
    ReplyRecord,
    TurnRecord,
)
from cpsl.store.values import to_integer, to_json

T = TypeVar("T")

# What a turn's `outcome` column holds; the rest has columns of its own.
_OUTCOME = (
    "replies",
    "notifications",
    "blocks",
    "data_patch",
    "error",
    "reason",
    "duration_ms",
    "first_reply_ms",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnChange:
    """Top-level keys of a session's data that a turn set or removed."""

    changed: JsonObject = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)

    def apply_to(self, data: JsonObject) -> JsonObject:
        """Return `data` with this change made, in the order of its keys."""
        merged = {key: value for key, value in data.items() if key not in self.removed}
        return {**merged, **self.changed}


class TurnRows:
    """Reads and writes turns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, session_id: str, message: MessageRecord, *, now: str) -> int:
        """Take a message as the session's next turn, queued; return the turn's number.

        Numbers count from 1 and are never used twice in a session.
        """
        query = (
            "UPDATE sessions SET last_turn = last_turn + 1, updated_at = ? WHERE id = ? "
            "RETURNING last_turn"
        )
        (turn,) = self._connection.execute(query, (now, session_id)).fetchone()
        self._connection.execute(
            "INSERT INTO turns VALUES (?, ?, NULL, 'queued', ?, '{}', NULL, NULL, NULL)",
            (session_id, turn, to_json(message)),
        )
        return int(turn)

    def start(self, record: TurnRecord, data_before: JsonObject) -> None:
        """Write that a turn runs, with the data it began with."""
        self._connection.execute(
            "UPDATE turns SET status = 'running', generation = ?, started_at = ?, data_before = ? "
            "WHERE session_id = ? AND turn = ?",
            (
                record.generation,
                record.started_at,
                to_json(data_before),
                record.session_id,
                record.turn,
            ),
        )

    def finish(self, record: TurnRecord, data_after: JsonObject | None) -> None:
        """Write how a turn ended."""
        outcome = {name: getattr(record, name) for name in _OUTCOME}
        self._connection.execute(
            "UPDATE turns SET status = ?, generation = ?, outcome = ?, data_after = ? "
            "WHERE session_id = ? AND turn = ?",
            (
                record.status,
                record.generation,
                to_json(outcome),
                None if data_after is None else to_json(data_after),
                record.session_id,
                record.turn,
            ),
        )

    def find(self, session_id: str, turn: int) -> TurnRecord | None:
        """Return one turn, or None where there is none."""
        query = f"{_SELECT} WHERE session_id = ? AND turn = ?"
        row = self._connection.execute(query, (session_id, to_integer(turn))).fetchone()
        return None if row is None else _turn(row)

    def of_session(
        self, session_id: str, *, before: int | None = None, limit: int = 1000
    ) -> list[TurnRecord]:
        """Return the newest turns of a session below a number, oldest first."""
        query = f"{_SELECT} WHERE session_id = ? AND turn < ? ORDER BY turn DESC LIMIT ?"
        below = to_integer(2**62 if before is None else before)
        rows = self._connection.execute(query, (session_id, below, limit))
        return [_turn(row) for row in rows][::-1]

    def number_before(self, session_id: str, turn: int) -> int:
        """Return the number of the turn before another one; 0 where there is none."""
        query = "SELECT coalesce(max(turn), 0) FROM turns WHERE session_id = ? AND turn < ?"
        return int(self._connection.execute(query, (session_id, to_integer(turn))).fetchone()[0])

    def blocks(self, session_id: str, *, since: int, limit: int) -> list[tuple[int, BlockRecord]]:
        """Return the blocks of the newest turns from `since` that have any, oldest first.

        Each with the number of its turn; `limit` counts the turns.
        """
        query = (
            "SELECT turn, json_extract(outcome, '$.blocks') FROM turns WHERE session_id = ? "
            "AND turn >= ? AND json_array_length(outcome, '$.blocks') > 0 "
            "ORDER BY turn DESC LIMIT ?"
        )
        rows = self._connection.execute(query, (session_id, to_integer(since), limit)).fetchall()
        return [
            (turn, _build(BlockRecord, block))
            for turn, blocks in reversed(rows)
            for block in orjson.loads(blocks)
        ]

    def has_block(self, session_id: str, block_id: str) -> bool:
        """Tell whether any turn of the session has shown a block with this id."""
        query = (
            "SELECT 1 FROM turns, json_each(turns.outcome, '$.blocks') AS block "
            "WHERE session_id = ? AND json_extract(block.value, '$.id') = ? LIMIT 1"
        )
        return self._connection.execute(query, (session_id, block_id)).fetchone() is not None

    def unfinished(self) -> list[TurnRecord]:
        """Return every turn that is queued or running, in order."""
        query = f"{_SELECT} WHERE status IN ('queued', 'running') ORDER BY session_id, turn"
        return [_turn(row) for row in self._connection.execute(query)]

    def data_of(self, session_id: str, turn: int) -> tuple[JsonObject | None, JsonObject | None]:
        """Return the data before and after a turn; None where it was not reached."""
        query = "SELECT data_before, data_after FROM turns WHERE session_id = ? AND turn = ?"
        row = self._connection.execute(query, (session_id, turn)).fetchone()
        if row is None:
            return (None, None)
        before, after = (None if text is None else orjson.loads(text) for text in row)
        return (before, after)


_SELECT = "SELECT session_id, turn, generation, status, message, outcome, started_at FROM turns"


def _turn(row: tuple[Any, ...]) -> TurnRecord:
    outcome = orjson.loads(row[5])
    return TurnRecord(
        session_id=row[0],
        turn=row[1],
        generation=row[2],
        status=row[3],
        message=_build(MessageRecord, orjson.loads(row[4])),
        started_at=row[6],
        replies=[_build(ReplyRecord, item) for item in outcome.get("replies", ())],
        notifications=[
            _build(NotificationRecord, item) for item in outcome.get("notifications", ())
        ],
        blocks=[_build(BlockRecord, item) for item in outcome.get("blocks", ())],
        data_patch=outcome.get("data_patch", []),
        error=_build(ErrorRecord, outcome["error"]) if outcome.get("error") else None,
        reason=outcome.get("reason"),
        duration_ms=outcome.get("duration_ms"),
        first_reply_ms=outcome.get("first_reply_ms"),
    )


def _build(kind: type[T], values: JsonObject) -> T:
    """Make a record of what an older or newer version stored: only the fields known here."""
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in values.items() if name in known})
