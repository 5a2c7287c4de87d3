"""Going back in a session, and copying one: what rewind, fork and replay are made of."""

from __future__ import annotations

import sqlite3

from cpsl.store.values import to_integer


class CopyRows:
    """Cuts sessions back to an earlier turn, and copies them up to one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cut(self, session_id: str, turn: int) -> list[int]:
        """Forget the turns above `turn` and what was said in them; return their numbers.

        The session's next turn still gets a number that was never used.
        """
        number = to_integer(turn)
        query = "DELETE FROM turns WHERE session_id = ? AND turn > ? RETURNING turn"
        gone = [row[0] for row in self._connection.execute(query, (session_id, number)).fetchall()]
        query = "DELETE FROM history WHERE session_id = ? AND turn > ?"
        self._connection.execute(query, (session_id, number))
        self._connection.execute(
            "UPDATE sessions SET history_length = "
            "(SELECT count(*) FROM history WHERE session_id = sessions.id) WHERE id = ?",
            (session_id,),
        )
        return sorted(gone)

    def copy(self, session_id: str, new_id: str, turn: int, *, is_scratch: bool, now: str) -> None:
        """Copy a session with its turns and history up to `turn`; the id must be free.

        A scratch copy is never listed, and gone at the next start.
        """
        self._connection.execute(
            "INSERT INTO sessions SELECT ?, title, user_id, user_email, user_org_id, channel, "
            "data, initial_data, integrations, 1, ?, 0, entered, ?, ?, ? "
            "FROM sessions WHERE id = ?",
            (new_id, turn, now, now, int(is_scratch), session_id),
        )
        self._connection.execute(
            "INSERT INTO turns SELECT ?, turn, generation, status, message, outcome, started_at, "
            "data_before, data_after FROM turns "
            "WHERE session_id = ? AND turn <= ? AND status NOT IN ('queued', 'running')",
            (new_id, session_id, turn),
        )
        self._connection.execute(
            "INSERT INTO history SELECT ?, row_number() OVER (ORDER BY position) - 1, turn, "
            "sender, text, channel_type, timestamp, attachments FROM history "
            "WHERE session_id = ? AND turn <= ?",
            (new_id, session_id, turn),
        )
        self._connection.execute(
            "UPDATE sessions SET history_length = "
            "(SELECT count(*) FROM history WHERE session_id = sessions.id) WHERE id = ?",
            (new_id,),
        )

    def remove_scratch(self) -> None:
        """Forget every scratch copy."""
        self._connection.execute("DELETE FROM sessions WHERE is_scratch = 1")
