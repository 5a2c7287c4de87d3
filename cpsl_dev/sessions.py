"""Sessions as front ends see them: made, listed, read, edited and deleted."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace

from cpsl.clock import Clock, to_iso
from cpsl.concurrency import spawn
from cpsl.records import (
    HistoryPage,
    JsonObject,
    JsonPatch,
    MessageRecord,
    SessionRecord,
    SessionSummary,
    TurnRecord,
    UserRecord,
)
from cpsl.store import NewSession, SqliteStore, StoredSession
from cpsl_dev.exceptions import RevisionMoved, SessionExists, SessionNotFound, TurnNotFound
from cpsl_dev.inputs import (
    check_data,
    check_json,
    check_known_session_id,
    check_message,
    check_new_session_id,
    check_text,
    read_user,
)
from cpsl_dev.journal import Journal, Transaction
from cpsl_dev.patches import apply_patch, difference
from cpsl_dev.turn_queue import TurnQueue
from cpsl_dev.turn_runs import TurnRuns

_SHOWN_HISTORY = 200

LeaveSession = Callable[[StoredSession], Awaitable[None]]


class Sessions:
    """All sessions of one app.

    Args:
        journal: Where they are stored.
        queue: The order in which things happen in each.
        runs: The turns that run now.
        clock: Stamps messages.
        default_user: Who talks where nobody is named.
        leave: Runs the app's exit hook for a session.
    """

    def __init__(
        self,
        journal: Journal,
        queue: TurnQueue,
        runs: TurnRuns,
        *,
        clock: Clock,
        default_user: UserRecord,
        leave: LeaveSession,
    ) -> None:
        self._journal = journal
        self._queue = queue
        self._runs = runs
        self._clock = clock
        self._default_user = default_user
        self._leave = leave

    async def summaries(self) -> list[SessionSummary]:
        """Return every session, the one that changed last first."""
        found = await self._journal.read(lambda store: store.sessions.summaries())
        return [replace(item, busy=self._queue.is_busy(item.id)) for item in found]

    async def create(
        self,
        *,
        session_id: str | None,
        user: JsonObject | None,
        channel: str | None,
        data: JsonObject | None,
        origin: str,
    ) -> SessionRecord:
        """Make a session.

        Raises:
            SessionExists: its id is taken.
            InvalidInput: a value cannot be used.
        """
        if session_id is None:
            session_id = f"s-{secrets.token_hex(4)}"
        check_new_session_id(session_id)
        if channel is not None:
            check_text(channel, "/channel")
        new = NewSession(
            id=session_id,
            user=self._default_user if user is None else read_user(user),
            channel=channel or "chat",
            data={} if data is None else check_data(data),
        )

        def operation(tx: Transaction) -> None:
            if not _add_session(tx, new, origin):
                raise SessionExists(new.id)

        await self._journal.write(operation)
        return await self.find(session_id)

    async def find(self, session_id: str) -> SessionRecord:
        """Return a session whole, with its data as a running handler has it.

        Raises:
            SessionNotFound: there is none with this id.
        """
        check_known_session_id(session_id)
        found = await self._journal.read(lambda store: _read(store, session_id))
        live = self._runs.data(session_id)
        return replace(
            found,
            busy=self._queue.is_busy(session_id),
            data=found.data if live is None else live,
        )

    async def history(self, session_id: str, *, before: int | None, limit: int) -> HistoryPage:
        """Return the newest `limit` entries below an index."""
        check_known_session_id(session_id)

        def query(store: SqliteStore) -> HistoryPage:
            _must_exist(store, session_id)
            return store.sessions.history(session_id, before=before, limit=limit)

        return await self._journal.read(query)

    async def delete(self, session_id: str) -> None:
        """Delete a session: what runs is ended first, then the app's exit hook runs."""
        check_known_session_id(session_id)
        await self._journal.read(lambda store: _must_exist(store, session_id))
        await self._queue.clear(session_id, "the session was deleted")
        await self._queue.edit(session_id, lambda: self._remove(session_id))

    async def patch_data(
        self,
        session_id: str,
        patch: JsonPatch | JsonObject,
        *,
        revision: int | None,
        origin: str,
    ) -> tuple[JsonObject, int]:
        """Change the data of a session, after all that was asked for before; all or nothing.

        Raises:
            RevisionMoved: the session is not at `revision` any more.
            PatchTestFailed: a test of the patch does not hold.
            InvalidInput: the patch cannot be made, or its result cannot be stored.
        """
        check_known_session_id(session_id)
        check_json(patch, "")
        await self._journal.read(lambda store: _must_exist(store, session_id))

        def operation(tx: Transaction) -> tuple[JsonObject, int]:
            session = _must_exist(tx.store, session_id)
            if revision is not None and revision != session.revision:
                raise RevisionMoved(revision, session.revision)
            data = check_data(apply_patch(session.data, patch))
            steps = difference(session.data, data)
            if not steps:
                return data, session.revision
            moved = tx.store.sessions.set_data(session_id, data, now=tx.now)
            fields: JsonObject = {"patch": steps, "origin": origin, "revision": moved}
            tx.record("data.changed", fields, session_id=session_id)
            return data, moved

        return await self._queue.edit(session_id, lambda: self._journal.write(operation))

    async def send(
        self, session_id: str, text: str, attachments: list[JsonObject], source: str
    ) -> TurnRecord:
        """Take a message: once this returns, it is stored and will be answered.

        An id that is not known makes a session.

        Raises:
            InvalidInput: the message or the id cannot be used.
            QueueFull: too many wait; nothing was taken.
            StoreUnavailable: it could not be stored; nothing was taken.
        """
        check_new_session_id(session_id)
        check_message(text, attachments)
        now = to_iso(self._clock())
        message = MessageRecord(text=text, timestamp=now, attachments=attachments)

        def operation(tx: Transaction) -> TurnRecord:
            new = NewSession(id=session_id, user=self._default_user)
            _add_session(tx, new, source)
            session = _must_exist(tx.store, session_id)
            own = replace(message, channel_type=session.channel)
            turn = tx.store.turns.add(session_id, own, now=tx.now)
            fields = {"text": text, "attachments": attachments, "source": source}
            tx.record("message.received", fields, session_id=session_id, turn=turn)
            return TurnRecord(
                session_id=session_id, turn=turn, generation=None, status="queued", message=own
            )

        # Who sends may leave at any moment; what is stored must be run all the same.
        taking = self._queue.take(session_id, operation)
        return await asyncio.shield(spawn(taking, name=f"take a message of {session_id}"))

    async def turns(
        self, session_id: str, *, before: int | None = None, limit: int = 1_000
    ) -> list[TurnRecord]:
        """Return the newest `limit` turns of a session below a number, oldest first."""
        check_known_session_id(session_id)

        def query(store: SqliteStore) -> list[TurnRecord]:
            _must_exist(store, session_id)
            return store.turns.of_session(session_id, before=before, limit=limit)

        found = await self._journal.read(query)
        return [self._runs.record((session_id, turn.turn)) or turn for turn in found]

    async def turn(self, session_id: str, turn: int) -> TurnRecord:
        """Return one turn, as it is now.

        Raises:
            SessionNotFound: there is no such session.
            TurnNotFound: the session has no such turn.
        """
        check_known_session_id(session_id)

        def query(store: SqliteStore) -> TurnRecord:
            _must_exist(store, session_id)
            found = store.turns.find(session_id, turn)
            if found is None:
                raise TurnNotFound(session_id, turn)
            return found

        found = await self._journal.read(query)
        return self._runs.record((session_id, turn)) or found

    async def _remove(self, session_id: str) -> None:
        session = await self._journal.read(lambda store: store.sessions.find(session_id))
        if session is None:
            return
        await self._leave(session)

        def operation(tx: Transaction) -> None:
            if tx.store.sessions.remove(session_id):
                tx.record("session.closed", session_id=session_id)

        await self._journal.write(operation)


def _add_session(tx: Transaction, new: NewSession, origin: str) -> bool:
    if not tx.store.sessions.add(new, now=tx.now):
        return False
    fields = {"user": asdict(new.user), "channel": new.channel, "origin": origin}
    tx.record("session.created", fields, session_id=new.id)
    return True


def _must_exist(store: SqliteStore, session_id: str) -> StoredSession:
    found = store.sessions.find(session_id)
    if found is None:
        raise SessionNotFound(session_id)
    return found


def _read(store: SqliteStore, session_id: str) -> SessionRecord:
    found = _must_exist(store, session_id)
    page = store.sessions.history(session_id, before=None, limit=_SHOWN_HISTORY)
    return SessionRecord(
        id=found.id,
        title=found.title,
        user=found.user,
        channel=found.channel,
        data=found.data,
        history=page.history,
        integrations={name: _shown(value) for name, value in found.integrations.items()},
        revision=found.revision,
        turns=store.sessions.turn_count(session_id),
        busy=False,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def _shown(credentials: JsonObject) -> JsonObject:
    """Return what may be shown of an account: that it is connected, and no secret of it."""
    names = ("scopes", "expires_at")
    shown: JsonObject = {name: credentials[name] for name in names if name in credentials}
    return {"connected": True, **shown, "fields": sorted(credentials.get("fields") or {})}
