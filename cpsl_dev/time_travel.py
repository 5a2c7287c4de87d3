"""Rewind, fork and replay: reads and copies of what each turn has kept."""

from __future__ import annotations

import difflib
import secrets
from dataclasses import dataclass, field

from cpsl.records import JsonObject, JsonPatch, SessionRecord, TurnRecord
from cpsl.store import SqliteStore, StoredSession
from cpsl_dev.exceptions import SessionExists, SessionNotFound, TurnNotFound
from cpsl_dev.inputs import check_known_session_id, check_new_session_id
from cpsl_dev.journal import Journal, Transaction
from cpsl_dev.patches import difference
from cpsl_dev.sessions import Sessions
from cpsl_dev.turn_queue import TurnQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a replay changed: unified diffs of replies and blocks, a JSON patch of the data."""

    replies: str
    blocks: str
    data: JsonPatch = field(default_factory=list)
    same: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A turn as it was, the same message on today's code, and what differs."""

    before: TurnRecord
    after: TurnRecord
    diff: Difference


class TimeTravel:
    """Brings sessions back to earlier turns.

    Args:
        journal: Has the turns.
        queue: The order in which things happen in a session.
        sessions: Runs the messages of replays.
    """

    def __init__(self, journal: Journal, queue: TurnQueue, sessions: Sessions) -> None:
        self._journal = journal
        self._queue = queue
        self._sessions = sessions

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
            revision = tx.store.sessions.set_data(session_id, data, now=tx.now)
            cut = tx.store.copies.cut(session_id, turn)
            steps = difference(session.data, data)
            if steps:
                fields = {"patch": steps, "origin": "client", "revision": revision}
                tx.record("data.changed", fields, session_id=session_id)
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
        """
        check_known_session_id(session_id)
        if new_id is None:
            new_id = f"{session_id[:100]}-{secrets.token_hex(3)}"
        check_new_session_id(new_id)
        await self._copy(session_id, new_id, turn, is_scratch=False)
        return await self._sessions.find(new_id)

    async def replay(self, session_id: str, turn: int | None = None) -> Replay:
        """Run the message of a turn, by default of the last, again on the code as it is now.

        It runs in a scratch copy of the session as it was before that turn, which is never
        listed; the session itself stays as it is.
        """
        before = await self._turn_to_replay(session_id, turn)
        scratch = f"replay-{secrets.token_hex(8)}"
        await self._copy(session_id, scratch, before.turn - 1, is_scratch=True)
        try:
            message = before.message
            taken = await self._sessions.send(
                scratch, message.text, message.attachments, source="replay"
            )
            await self._queue.wait(scratch, taken.turn)
            after = await self._sessions.turn(scratch, taken.turn)
            diff = await self._compare(session_id, before, after)
        finally:
            await self._queue.clear(scratch, "the replay was given up")
            await self._journal.write(lambda tx: tx.store.sessions.remove(scratch))
        return Replay(before=before, after=after, diff=diff)

    async def data_of(self, session_id: str, turn: int) -> tuple[JsonObject, JsonObject]:
        """Return the data before and after a turn."""
        check_known_session_id(session_id)

        def query(store: SqliteStore) -> tuple[JsonObject, JsonObject]:
            session = _must_exist(store, session_id)
            if store.turns.find(session_id, turn) is None:
                raise TurnNotFound(session_id, turn)
            before, _ = store.turns.data_of(session_id, turn)
            after = _data_after(store, session, turn)
            return (after if before is None else before, after)

        return await self._journal.read(query)

    async def _turn_to_replay(self, session_id: str, turn: int | None) -> TurnRecord:
        if turn is not None:
            return await self._sessions.turn(session_id, turn)
        turns = await self._sessions.turns(session_id)
        if not turns:
            raise TurnNotFound(session_id, 1)
        return turns[-1]

    async def _copy(
        self, session_id: str, new_id: str, turn: int | None, *, is_scratch: bool
    ) -> None:
        def operation(tx: Transaction) -> None:
            session = _must_exist(tx.store, session_id)
            if tx.store.sessions.find(new_id) is not None:
                raise SessionExists(new_id)
            last = session.last_turn if turn is None else turn
            data = session.data if turn is None else _data_after(tx.store, session, turn)
            tx.store.copies.copy(session_id, new_id, last, is_scratch=is_scratch, now=tx.now)
            tx.store.sessions.set_data(new_id, data, now=tx.now)
            if not is_scratch:
                tx.record("session.forked", {"from": session_id, "at": last}, session_id=new_id)

        await self._journal.write(operation)

    async def _compare(self, session_id: str, before: TurnRecord, after: TurnRecord) -> Difference:
        _, data_before = await self.data_of(session_id, before.turn)
        _, data_after = await self.data_of(after.session_id, after.turn)
        replies = _unified(
            [reply.text for reply in before.replies], [reply.text for reply in after.replies]
        )
        blocks = _unified(
            [f"{block.type} {block.payload}" for block in before.blocks],
            [f"{block.type} {block.payload}" for block in after.blocks],
        )
        data = difference(data_before, data_after)
        same = not (replies or blocks or data) and before.status == after.status
        return Difference(replies=replies, blocks=blocks, data=data, same=same)


def _must_exist(store: SqliteStore, session_id: str) -> StoredSession:
    found = store.sessions.find(session_id)
    if found is None:
        raise SessionNotFound(session_id)
    return found


def _data_after(store: SqliteStore, session: StoredSession, turn: int) -> JsonObject:
    """Return the data as a turn left it; a turn that was cut off left it as it had found it."""
    if turn == 0:
        return session.initial_data
    if store.turns.find(session.id, turn) is None:
        raise TurnNotFound(session.id, turn)
    for number in range(turn, 0, -1):
        before, after = store.turns.data_of(session.id, number)
        if after is not None or before is not None:
            return before if after is None else after  # type: ignore[return-value]
    return session.initial_data


def _unified(before: list[str], after: list[str]) -> str:
    lines = difflib.unified_diff(
        "\n\n".join(before).splitlines(),
        "\n\n".join(after).splitlines(),
        "before",
        "after",
        lineterm="",
    )
    return "\n".join(lines)
