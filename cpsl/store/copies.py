"""Going back in a session, and copying one: what rewind, fork and replay are made of."""

from __future__ import annotations

import sqlite3

from cpsl.store.values import to_integer

_IS_OVER = "status NOT IN ('queued', 'running')"


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
        self.settle(session_id)
        return sorted(gone)

    def last_over(self, session_id: str) -> int:
        """Return the number of the newest turn that is over; 0 where none is."""
        query = f"SELECT coalesce(max(turn), 0) FROM turns WHERE session_id = ? AND {_IS_OVER}"
        return int(self._connection.execute(query, (session_id,)).fetchone()[0])

    def copy(self, session_id: str, new_id: str, turn: int, *, is_scratch: bool, now: str) -> None:
        """Copy a session with its turns and history up to `turn`; the id must be free.

        A turn that is not over is left out. A scratch copy is never listed, and gone at the next
        start.
        """
        number = to_integer(turn)
        self._connection.execute(
            "INSERT INTO sessions SELECT ?, title, user_id, user_email, user_org_id, channel, "
            "data, initial_data, integrations, 1, ?, 0, entered, ?, ?, ? "
            "FROM sessions WHERE id = ?",
            (new_id, number, now, now, int(is_scratch), session_id),
        )
        self._connection.execute(
            "INSERT INTO turns SELECT ?, turn, generation, status, message, outcome, started_at, "
            f"data_before, data_after FROM turns WHERE session_id = ? AND turn <= ? AND {_IS_OVER}",
            (new_id, session_id, number),
        )
        self._connection.execute(
            "INSERT INTO history SELECT ?, row_number() OVER (ORDER BY position) - 1, turn, "
            "sender, text, channel_type, timestamp, attachments FROM history "
            "WHERE session_id = ? AND turn <= ? AND turn NOT IN "
            f"(SELECT turn FROM turns WHERE session_id = ? AND NOT {_IS_OVER})",
            (new_id, session_id, number, session_id),
        )
        self.settle(new_id)

    def remove_scratch(self) -> None:
        """Forget every scratch copy."""
        self._connection.execute("DELETE FROM sessions WHERE is_scratch = 1")

    def settle(self, session_id: str) -> None:
        """Make the row of a session true for the turns that it has now."""
        # A session in which no turn has run yet is one that the enter hook has not met.
        self._connection.execute(
            "UPDATE sessions SET title = ?, history_length = "
            "(SELECT count(*) FROM history WHERE session_id = sessions.id), entered = EXISTS "
            "(SELECT 1 FROM turns WHERE session_id = sessions.id AND started_at IS NOT NULL) "
            "WHERE id = ?",
            (self._title(session_id), session_id),
        )

    def _title(self, session_id: str) -> str:
        """Return what the newest turn that named the session has called it."""
        query = (
            "SELECT json_extract(block.value, '$.payload.title') "
            "FROM turns, json_each(turns.outcome, '$.blocks') AS block "
            "WHERE session_id = ? AND json_extract(block.value, '$.type') = 'session_title' "
            "ORDER BY turn DESC, block.key DESC LIMIT 1"
        )
        row = self._connection.execute(query, (session_id,)).fetchone()
        return "" if row is None else str(row[0] if row[0] is not None else "")[:200]
