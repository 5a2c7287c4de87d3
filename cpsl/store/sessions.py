"""Sessions and their history on disk."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

import orjson

from cpsl.records import HistoryEntry, HistoryPage, JsonObject, SessionSummary, UserRecord
from cpsl.store.values import to_integer, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What a session is made from."""

    id: str
    user: UserRecord
    channel: str = "chat"
    data: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """The row of a session. `entered` tells whether the app's enter hook has met it."""

    id: str
    title: str
    user: UserRecord
    channel: str
    data: JsonObject
    initial_data: JsonObject
    integrations: JsonObject
    revision: int
    last_turn: int
    history_length: int
    entered: bool
    created_at: str
    updated_at: str


class SessionRows:
    """Reads and writes sessions, their data and their history."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, new: NewSession, *, now: str) -> bool:
        """Make a session; return whether its id was free."""
        data = to_json(new.data)
        user = new.user
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO sessions VALUES (?,'',?,?,?,?,?,?,'{}',1,0,0,0,?,?,0)",
            (new.id, user.id, user.email, user.org_id, new.channel, data, data, now, now),
        )
        return cursor.rowcount == 1

    def find(self, session_id: str) -> StoredSession | None:
        """Return a session, or None where there is none."""
        query = "SELECT * FROM sessions WHERE id = ?"
        row = self._connection.execute(query, (session_id,)).fetchone()
        return None if row is None else _session(row)

    def summaries(self) -> list[SessionSummary]:
        """Return every session, the one that changed last first."""
        query = (
            "SELECT id, title, user_id, user_email, user_org_id, channel, "
            "(SELECT count(*) FROM turns WHERE session_id = sessions.id), updated_at "
            "FROM sessions WHERE is_scratch = 0 ORDER BY updated_at DESC, rowid DESC"
        )
        return [
            SessionSummary(
                id=row[0],
                title=row[1],
                user=_user(*row[2:5]),
                channel=row[5],
                turns=row[6],
                busy=False,
                updated_at=row[7],
            )
            for row in self._connection.execute(query)
        ]

    def turn_count(self, session_id: str) -> int:
        """Return how many turns the session has."""
        query = "SELECT count(*) FROM turns WHERE session_id = ?"
        return int(self._connection.execute(query, (session_id,)).fetchone()[0])

    def remove(self, session_id: str) -> bool:
        """Delete a session with its turns and history; return whether there was one."""
        query = "DELETE FROM sessions WHERE id = ?"
        return self._connection.execute(query, (session_id,)).rowcount == 1

    def set_title(self, session_id: str, title: str, *, now: str) -> None:
        """Name a session."""
        query = "UPDATE sessions SET title = ?, updated_at = ? WHERE id = ?"
        self._connection.execute(query, (title, now, session_id))

    def mark_entered(self, session_id: str) -> None:
        """Remember that the enter hook has run."""
        self._connection.execute("UPDATE sessions SET entered = 1 WHERE id = ?", (session_id,))

    def set_integration(self, session_id: str, name: str, credentials: JsonObject | None) -> None:
        """Keep the credentials of a service that the user has connected; None forgets them."""
        session = self.find(session_id)
        if session is None:
            return
        kept = {key: value for key, value in session.integrations.items() if key != name}
        if credentials is not None:
            kept[name] = credentials
        query = "UPDATE sessions SET integrations = ? WHERE id = ?"
        self._connection.execute(query, (to_json(kept), session_id))

    def set_data(self, session_id: str, data: JsonObject, *, now: str) -> int:
        """Replace the data of a session; return its new revision, 0 if the session is gone."""
        query = (
            "UPDATE sessions SET data = ?, revision = revision + 1, updated_at = ? "
            "WHERE id = ? RETURNING revision"
        )
        row = self._connection.execute(query, (to_json(data), now, session_id)).fetchone()
        return 0 if row is None else int(row[0])

    def say(self, session_id: str, entries: list[HistoryEntry]) -> None:
        """Append to the history; the index of each entry is given here."""
        count = len(entries)
        query = (
            "UPDATE sessions SET history_length = history_length + ? WHERE id = ? "
            "RETURNING history_length"
        )
        row = self._connection.execute(query, (count, session_id)).fetchone()
        if row is None:
            return
        first = row[0] - count
        self._connection.executemany(
            "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    session_id,
                    first + number,
                    entry.turn,
                    entry.sender,
                    entry.text,
                    entry.channel_type,
                    entry.timestamp,
                    to_json(entry.attachments),
                )
                for number, entry in enumerate(entries)
            ],
        )

    def history(self, session_id: str, *, before: int | None, limit: int) -> HistoryPage:
        """Return the newest `limit` entries whose index is below `before`, oldest first."""
        query = "SELECT history_length FROM sessions WHERE id = ?"
        row = self._connection.execute(query, (session_id,)).fetchone()
        total = 0 if row is None else row[0]
        query = (
            "SELECT position, turn, sender, text, channel_type, timestamp, attachments "
            "FROM history WHERE session_id = ? AND position < ? ORDER BY position DESC LIMIT ?"
        )
        below = total if before is None else to_integer(before)
        values = (session_id, below, to_integer(limit))
        entries = [
            HistoryEntry(
                index=row[0],
                turn=row[1],
                sender=row[2],
                text=row[3],
                channel_type=row[4],
                timestamp=row[5],
                attachments=orjson.loads(row[6]),
            )
            for row in self._connection.execute(query, values)
        ]
        return HistoryPage(history=entries[::-1], total=total)


def _session(row: tuple[Any, ...]) -> StoredSession:
    return StoredSession(
        id=row[0],
        title=row[1],
        user=_user(*row[2:5]),
        channel=row[5],
        data=orjson.loads(row[6]),
        initial_data=orjson.loads(row[7]),
        integrations=orjson.loads(row[8]),
        revision=row[9],
        last_turn=row[10],
        history_length=row[11],
        entered=bool(row[12]),
        created_at=row[13],
        updated_at=row[14],
    )


def _user(user_id: str, email: str | None, org_id: str | None) -> UserRecord:
    return UserRecord(id=user_id, email=email, org_id=org_id, owner_id=owner_id_of(user_id, org_id))


def owner_id_of(user_id: str, org_id: str | None) -> str:
    """Return the owner that a user acts for: the organisation, where there is one."""
    if not org_id:
        return user_id
    return org_id if org_id.startswith("org:") else f"org:{org_id}"
