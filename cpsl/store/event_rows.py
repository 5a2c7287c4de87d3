"""The event log on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cpsl.store.values import to_integer


class EventRow(NamedTuple):
    """An event as it is stored: `fields` is JSON text."""

    seq: int
    time: str
    kind: str
    generation: int | None
    session_id: str | None
    turn: int | None
    fields: str


class EventRows:
    """Reads and writes the rows of the event log."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, rows: Iterable[EventRow]) -> None:
        """Add events. Their numbers follow on `last_seq`, without a gap."""
        self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def bounds(self) -> tuple[int, int]:
        """Return the oldest number that is kept and the newest ever given, (1, 0) when none was."""
        # Asked for one by one, as only then neither takes a walk through the table.
        query = "SELECT (SELECT min(seq) FROM events), (SELECT max(seq) FROM events)"
        first, last = self._connection.execute(query).fetchone()
        return (first or 1, last or 0)

    def read(
        self,
        *,
        after: int,
        limit: int,
        kinds: Sequence[str] = (),
        session_id: str | None = None,
        newest: bool = False,
    ) -> list[EventRow]:
        """Return events in order: the first `limit` above `after`, or the newest of them.

        Args:
            after: Only numbers above this one.
            limit: How many at the most.
            kinds: Only these kinds; one that ends in `*` stands for all that begin so.
            session_id: Only events of this session.
            newest: Take the last ones instead of the first ones.
        """
        where = ["seq > ?"]
        values: list[int | str] = [to_integer(after)]
        if kinds:
            where.append("(" + " OR ".join("kind GLOB ?" for _ in kinds) + ")")
            values += [_as_glob(kind) for kind in kinds]
        if session_id is not None:
            where.append("session_id = ?")
            values.append(session_id)
        order = "DESC" if newest else "ASC"
        query = f"SELECT * FROM events WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?"
        values.append(to_integer(limit))
        rows = [EventRow(*row) for row in self._connection.execute(query, values)]
        return rows[::-1] if newest else rows

    def of_turn(self, session_id: str, turn: int) -> list[EventRow]:
        """Return all events of one turn."""
        query = "SELECT * FROM events WHERE session_id = ? AND turn = ? ORDER BY seq"
        return [EventRow(*row) for row in self._connection.execute(query, (session_id, turn))]

    def prune(self, keep: int) -> int:
        """Forget all but the newest `keep` events; return the oldest number that is left."""
        _, last = self.bounds()
        self._connection.execute("DELETE FROM events WHERE seq <= ?", (last - keep,))
        return self.bounds()[0]


def _as_glob(kind: str) -> str:
    """Escape what GLOB would take as a pattern, but for a star at the end."""
    head, star = (kind[:-1], "*") if kind.endswith("*") else (kind, "")
    return "".join(f"[{char}]" if char in "*?[" else char for char in head) + star
