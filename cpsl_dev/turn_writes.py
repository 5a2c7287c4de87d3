"""What is written of a turn, step by step: state and the events that tell of it, together."""

from __future__ import annotations

from dataclasses import replace

import orjson

from cpsl.records import JsonObject, JsonPatch, MessageRecord, TurnRecord
from cpsl.store import SqliteStore, StoredSession, TurnChange
from cpsl.turn_requests import SessionState, TurnRequest, with_blocks
from cpsl_dev.event_log import Event
from cpsl_dev.journal import Transaction
from cpsl_dev.live_turn import LiveTurn, as_fields, rebuild, user_entry
from cpsl_dev.patches import difference

HISTORY_FOR_HANDLERS = 50

# The session and the number of a turn.
Key = tuple[str, int]
Started = tuple[TurnRequest, TurnRecord, JsonObject]


def start_turn(tx: Transaction, key: Key, generation: int | None) -> Started | None:
    """Write that a turn runs; return what the worker needs. None when it is not to run."""
    session_id, turn = key
    session = tx.store.sessions.find(session_id)
    found = tx.store.turns.find(session_id, turn)
    if session is None or found is None or found.is_over:
        return None
    record = replace(found, status="running", generation=generation, started_at=tx.now)
    state = read_state(tx.store, session)
    tx.store.turns.start(record, session.data)
    if found.status == "queued":
        tx.store.sessions.say(session_id, [user_entry(record)])
    if not session.entered:
        tx.store.sessions.mark_entered(session_id)
    _record(tx, "turn.started", key, generation)
    request = TurnRequest(
        session=state, turn=turn, message=record.message, is_new=not session.entered
    )
    return request, record, session.data


def end_turn(tx: Transaction, key: Key, live: LiveTurn, record: TurnRecord, reason: str) -> None:
    """Write how a turn ended: its replies, its data, its outcome."""
    tx.store.sessions.say(key[0], live.entries())
    tx.store.turns.finish(record, _apply(tx, key[0], live.change))
    fields: JsonObject = {"duration_ms": record.duration_ms}
    match record.status:
        case "done":
            kind = "turn.finished"
            fields["first_reply_ms"] = record.first_reply_ms
        case "failed":
            kind = "turn.failed"
            fields["error"] = record.error
        case _:
            kind = "turn.interrupted"
            fields["reason"] = reason
    _record(tx, kind, key, record.generation, orjson.loads(orjson.dumps(fields)))


def drop_turn(tx: Transaction, key: Key, reason: str) -> None:
    """Write that a turn which waited will not run. What the user said stays in the history."""
    session_id, turn = key
    found = tx.store.turns.find(session_id, turn)
    if found is None or found.is_over:
        return
    tx.store.sessions.say(session_id, [user_entry(found)])
    tx.store.turns.finish(replace(found, status="interrupted", reason=reason), None)
    _record(tx, "turn.interrupted", key, None, {"reason": reason, "duration_ms": None})


def commit_data(tx: Transaction, key: Key, change: TurnChange, generation: int | None) -> None:
    """Write data that a handler publishes before its end, or a background task after it."""
    session = tx.store.sessions.find(key[0])
    if session is None:
        return
    data = change.apply_to(session.data)
    revision = tx.store.sessions.set_data(key[0], data, now=tx.now)
    patch: JsonPatch = difference(session.data, data)
    fields: JsonObject = {"patch": patch, "origin": "handler", "revision": revision}
    _record(tx, "data.changed", key, generation, fields)


def add_late_reply(tx: Transaction, key: Key, event: JsonObject, generation: int | None) -> None:
    """Write what a background task of a handler said after the end of its turn."""
    session_id, turn = key
    found = tx.store.turns.find(session_id, turn)
    late = LiveTurn(found or no_turn(key), {})
    # A stream is told chunk by chunk as well; it is stored once it is complete.
    kind = "reply.chunk" if event["kind"] == "reply.finished" else "reply.sent"
    late.take({**event, "kind": kind})
    tx.store.sessions.say(session_id, late.entries())
    if found is not None:
        _, data_after = tx.store.turns.data_of(session_id, turn)
        replies = [*found.replies, *late.record().replies]
        tx.store.turns.finish(replace(found, replies=replies), data_after)
    _record(tx, event["kind"], key, generation, as_fields(event))


def recover_turns(tx: Transaction, reason: str) -> int:
    """Mark what an earlier run has left unfinished; return how many turns that were."""
    unfinished = tx.store.turns.unfinished()
    for record in unfinished:
        key = (record.session_id, record.turn)
        if record.status == "queued":
            drop_turn(tx, key, reason)
            continue
        rows = tx.store.events.of_turn(*key)
        live = rebuild(record, [Event(*row[:6], fields=orjson.loads(row.fields)) for row in rows])
        tx.store.sessions.say(record.session_id, live.entries())
        patch, data = _published(tx, key)
        cut_off = live.record("interrupted", reason=reason, patch=patch)
        ended = replace(cut_off, duration_ms=None)
        tx.store.turns.finish(ended, data)
        fields = {"reason": reason, "duration_ms": None}
        _record(tx, "turn.interrupted", key, record.generation, fields)
    return len(unfinished)


def read_state(store: SqliteStore, session: StoredSession) -> SessionState:
    """Return a session as a handler gets it."""
    limit = HISTORY_FOR_HANDLERS
    history = store.sessions.history(session.id, before=None, limit=limit).history
    since = history[0].turn if history else 0
    blocks = store.turns.blocks(session.id, since=since, limit=limit)
    return SessionState(
        id=session.id,
        user=session.user,
        channel=session.channel,
        data=session.data,
        history=with_blocks(history, blocks),
        integrations=session.integrations,
    )


def no_turn(key: Key) -> TurnRecord:
    """Return a stand-in for a turn that is not stored, such as that of a hook."""
    return TurnRecord(
        session_id=key[0],
        turn=key[1],
        generation=None,
        status="running",
        message=MessageRecord(text=""),
    )


def _apply(tx: Transaction, session_id: str, change: TurnChange) -> JsonObject | None:
    """Put changed keys into the stored data; return what it is then, None without a session."""
    session = tx.store.sessions.find(session_id)
    if session is None:
        return None
    data = change.apply_to(session.data)
    tx.store.sessions.set_data(session_id, data, now=tx.now)
    return data


def _published(tx: Transaction, key: Key) -> tuple[JsonPatch, JsonObject | None]:
    """Return what a turn that was cut off has left in the data, and the data."""
    session = tx.store.sessions.find(key[0])
    before, _ = tx.store.turns.data_of(*key)
    if session is None or before is None:
        return ([], None)
    return (difference(before, session.data), session.data)


def _record(
    tx: Transaction,
    kind: str,
    key: Key,
    generation: int | None,
    fields: JsonObject | None = None,
) -> None:
    tx.record(kind, fields, generation=generation, session_id=key[0], turn=key[1] or None)
