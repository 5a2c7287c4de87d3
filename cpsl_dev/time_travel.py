"""Rewind, fork and replay: reads and copies of what each turn has kept."""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from cpsl.answers import INTEGRATION, answer_of
from cpsl.records import (
    BlockRecord,
    HistoryEntry,
    JsonObject,
    JsonPatch,
    SessionRecord,
    TurnRecord,
)
from cpsl.store import SqliteStore, StoredSession
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import (
    SessionExists,
    SessionMoved,
    SessionNotFound,
    TurnNotFound,
    TurnNotOver,
)
from cpsl_dev.inputs import check_known_session_id, check_new_session_id
from cpsl_dev.journal import Journal, Transaction
from cpsl_dev.live_turn import user_entry
from cpsl_dev.patches import difference
from cpsl_dev.prompts import Prompts, ScriptedAnswer
from cpsl_dev.sessions import Sessions
from cpsl_dev.turn_queue import TurnQueue

# What differs from run to run in blocks that say the same.
_VOLATILE = frozenset(
    {
        "id",
        "step_id",
        "activity_id",
        "task_id",
        "session_id",
        "started_at",
        "ended_at",
        "timestamp",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a replay changed: unified diffs of replies and blocks, a JSON patch of the data."""

    replies: str
    blocks: str
    data: JsonPatch = field(default_factory=list)
    same: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A turn as it was, the same message on today's code, and what differs.

    `data` is what the data of the session would be after it.
    """

    before: TurnRecord
    after: TurnRecord
    diff: Difference
    data: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnData:
    """The data of a session before and after a turn, and the patch from one to the other."""

    before: JsonObject
    after: JsonObject
    patch: JsonPatch


class TimeTravel:
    """Brings sessions back to earlier turns.

    Args:
        journal: Has the turns.
        queue: The order in which things happen in a session.
        sessions: Runs the messages of replays.
        prompts: Answers in a replay what was answered then.
        check_serving: Raises `NoGeneration` when no code can run a replay.
    """

    def __init__(
        self,
        journal: Journal,
        queue: TurnQueue,
        sessions: Sessions,
        prompts: Prompts,
        check_serving: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._queue = queue
        self._sessions = sessions
        self._prompts = prompts
        self._check_serving = check_serving

    async def rewind(self, session_id: str, turn: int) -> SessionRecord:
        """Bring a session back to the state after a turn; 0 is as it was made.

        What runs is waited for, as with any edit. What was cut stays in the event log.

        Raises:
            SessionNotFound: there is no such session.
            TurnNotFound: it has no such turn.
        """
        check_known_session_id(session_id)

        def operation(tx: Transaction) -> None:
            session = _must_exist(tx.store, session_id)
            data = _data_after(tx.store, session, turn)
            cut = tx.store.copies.cut(session_id, turn)
            _set_data(tx, session, data)
            tx.record("session.rewound", {"to": turn, "cut": cut}, session_id=session_id)

        await self._journal.read(lambda store: _must_exist(store, session_id))
        await self._queue.edit(session_id, lambda: self._journal.write(operation))
        return await self._sessions.find(session_id)

    async def fork(
        self, session_id: str, turn: int | None = None, new_id: str | None = None
    ) -> SessionRecord:
        """Make a new session in the state after a turn; None is the state as it is now.

        Raises:
            SessionExists: the new id is taken.
            TurnNotFound: there is no such turn.
            TurnNotOver: it still waits or runs.
        """
        check_known_session_id(session_id)
        name = f"{session_id[:100]}-{secrets.token_hex(3)}" if new_id is None else new_id
        check_new_session_id(name)
        await self._journal.write(
            lambda tx: _copy(tx, _must_exist(tx.store, session_id), name, turn)
        )
        return await self._sessions.find(name)

    async def replay(self, session_id: str, turn: int | None = None) -> Replay:
        """Run the message of a turn, by default of the last, again on the code as it is now.

        It runs in a scratch copy of the session as it was before that turn, which is never
        listed; the session itself stays as it is. A prompt gets the answer that it got then.

        Raises:
            TurnNotFound: there is no such turn.
            TurnNotOver: it still waits or runs.
            NoGeneration: no code can run it.
        """
        before = await self._turn_to_replay(session_id, turn)
        self._check_serving()
        scratch = f"replay-{secrets.token_hex(8)}"
        answers = await self._journal.write(lambda tx: _copy_before(tx, before, scratch))
        self._prompts.play(scratch, answers)
        try:
            message = before.message
            taken = await self._sessions.send(
                scratch, message.text, message.attachments, source="replay"
            )
            await self._queue.wait(scratch, taken.turn)
            after = await self._sessions.turn(scratch, taken.turn)
            then, now = await self._data_of(before), await self._data_of(after)
        finally:
            self._prompts.stop_playing(scratch)
            await self._queue.clear(scratch, "the replay was given up")
            await self._journal.write(lambda tx: tx.store.sessions.remove(scratch))
        diff = _compare(before, after, difference(then.after, now.after))
        return Replay(before=before, after=after, diff=diff, data=now.after)

    async def adopt(self, session_id: str, replay: Replay) -> SessionRecord:
        """Put the outcome of a replay in the place of the turn that was replayed, the last one.

        Raises:
            SessionMoved: the session has gone on, or back, since the replay.
        """
        number = replay.before.turn

        def operation(tx: Transaction) -> None:
            session = _must_exist(tx.store, session_id)
            if tx.store.copies.last_over(session_id) != number:
                raise SessionMoved(session_id, number)
            data_before, _ = tx.store.turns.data_of(session_id, number)
            cut = tx.store.copies.cut(session_id, tx.store.turns.number_before(session_id, number))
            turn = tx.store.turns.add(session_id, replay.before.message, now=tx.now)
            kept = replace(replay.after, session_id=session_id, turn=turn)
            tx.store.turns.start(kept, session.data if data_before is None else data_before)
            tx.store.turns.finish(kept, replay.data)
            tx.store.sessions.say(session_id, entries_of(kept, tx.now))
            tx.store.copies.settle(session_id)
            _set_data(tx, session, replay.data)
            fields = {"to": number - 1, "cut": cut, "adopted": turn}
            tx.record("session.rewound", fields, session_id=session_id)

        await self._queue.edit(session_id, lambda: self._journal.write(operation))
        return await self._sessions.find(session_id)

    async def data_of(self, session_id: str, turn: int) -> TurnData:
        """Return the data before and after a turn.

        Raises:
            TurnNotFound: there is no such turn.
        """
        return await self._data_of(await self._sessions.turn(session_id, turn))

    async def events_of(self, session_id: str, turn: int) -> list[Event]:
        """Return the events of a turn, as far as they are kept."""
        rows = await self._journal.read(lambda store: store.events.of_turn(session_id, turn))
        return [Event(*row[:6], fields=orjson.loads(row.fields)) for row in rows]

    async def _data_of(self, turn: TurnRecord) -> TurnData:
        def query(store: SqliteStore) -> TurnData:
            session = _must_exist(store, turn.session_id)
            before = _data_before(store, session, turn.turn)
            after = _data_after(store, session, turn.turn)
            return TurnData(before=before, after=after, patch=difference(before, after))

        return await self._journal.read(query)

    async def _turn_to_replay(self, session_id: str, turn: int | None) -> TurnRecord:
        if turn is not None:
            found = await self._sessions.turn(session_id, turn)
        else:
            turns = await self._sessions.turns(session_id)
            if not turns:
                raise TurnNotFound(session_id, 1)
            found = turns[-1]
        if not found.is_over:
            raise TurnNotOver(session_id, found.turn, found.status)
        return found


def entries_of(turn: TurnRecord, now: str) -> list[HistoryEntry]:
    """Return what was said in a turn, by the user and by the app."""
    said = user_entry(turn)
    replies = [
        replace(said, sender="app", text=reply.text, timestamp=now, attachments=[])
        for reply in turn.replies
        if reply.text
    ]
    return [said, *replies]


def _copy(tx: Transaction, session: StoredSession, new_id: str, turn: int | None) -> None:
    """Copy a session as it is after a turn, or as it is now."""
    if tx.store.sessions.find(new_id) is not None:
        raise SessionExists(new_id)
    last = tx.store.copies.last_over(session.id) if turn is None else turn
    data = session.data if turn is None else _data_after(tx.store, session, turn)
    tx.store.copies.copy(session.id, new_id, last, is_scratch=False, now=tx.now)
    tx.store.sessions.set_data(new_id, data, now=tx.now)
    tx.record("session.forked", {"from": session.id, "at": last}, session_id=new_id)


def _copy_before(tx: Transaction, turn: TurnRecord, new_id: str) -> list[ScriptedAnswer]:
    """Make a scratch copy of a session as a turn had found it; return what its prompts got."""
    session = _must_exist(tx.store, turn.session_id)
    data = _data_before(tx.store, session, turn.turn)
    tx.store.copies.copy(session.id, new_id, turn.turn - 1, is_scratch=True, now=tx.now)
    tx.store.sessions.set_data(new_id, data, now=tx.now)
    answers: list[ScriptedAnswer] = []
    for block in turn.blocks:
        answer = answer_of(block)
        if block.type == INTEGRATION and block.payload.get("connected"):
            # It was not connected yet.
            name = str(block.payload.get("type"))
            tx.store.sessions.set_integration(new_id, name, None)
            answer = {"credentials": session.integrations.get(name, {})}
        if answer is not None:
            answers.append((block.type, answer))
    return answers


def _set_data(tx: Transaction, session: StoredSession, data: JsonObject) -> None:
    revision = tx.store.sessions.set_data(session.id, data, now=tx.now)
    if steps := difference(session.data, data):
        fields = {"patch": steps, "origin": "client", "revision": revision}
        tx.record("data.changed", fields, session_id=session.id)


def _compare(before: TurnRecord, after: TurnRecord, data: JsonPatch) -> Difference:
    replies = _unified(
        [reply.text for reply in before.replies], [reply.text for reply in after.replies]
    )
    blocks = _unified([_shown(block) for block in before.blocks], [_shown(b) for b in after.blocks])
    same = not (replies or blocks or data) and _end(before) == _end(after)
    return Difference(replies=replies, blocks=blocks, data=data, same=same)


def _end(turn: TurnRecord) -> tuple[str, ...]:
    """Return how a turn has ended: with which error, too, wherever it was raised."""
    return (turn.status, *((turn.error.type, turn.error.message) if turn.error else ()))


def _shown(block: BlockRecord) -> str:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return f"{block.type} {orjson.dumps(_stable(block.payload), option=options).decode()}"


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stable(item) for key, item in value.items() if key not in _VOLATILE}
    if isinstance(value, list):
        return [_stable(item) for item in value]
    return value


def _must_exist(store: SqliteStore, session_id: str) -> StoredSession:
    found = store.sessions.find(session_id)
    if found is None:
        raise SessionNotFound(session_id)
    return found


def _data_after(store: SqliteStore, session: StoredSession, turn: int) -> JsonObject:
    """Return the data as a turn left it; a turn that never ran left it as it had found it.

    Raises:
        TurnNotFound: there is no such turn.
        TurnNotOver: it still waits or runs.
    """
    if turn == 0:
        return session.initial_data
    found = store.turns.find(session.id, turn)
    if found is None:
        raise TurnNotFound(session.id, turn)
    if not found.is_over:
        raise TurnNotOver(session.id, turn, found.status)
    before, after = store.turns.data_of(session.id, turn)
    if after is not None:
        return after
    return _data_before(store, session, turn) if before is None else before


def _data_before(store: SqliteStore, session: StoredSession, turn: int) -> JsonObject:
    """Return the data as a turn found it, or would have found it."""
    before, _ = store.turns.data_of(session.id, turn)
    while before is None:
        turn = store.turns.number_before(session.id, turn)
        if turn == 0:
            return session.initial_data
        before, after = store.turns.data_of(session.id, turn)
        if after is not None:
            return after
    return before


def _unified(before: list[str], after: list[str]) -> str:
    lines = difflib.unified_diff(
        "\n\n".join(before).splitlines(),
        "\n\n".join(after).splitlines(),
        "before",
        "after",
        lineterm="",
    )
    return "\n".join(lines)
