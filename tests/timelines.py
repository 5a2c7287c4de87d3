"""A journal by itself, with its log and what the log has told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cpsl.records import UserRecord
from cpsl.store import NewSession, SqliteStore
from cpsl_dev.event_log import Event, EventLog
from cpsl_dev.journal import Journal, Transaction


class Timeline:
    """A journal with its log, and what the log has told."""

    def __init__(self, folder: Path, *, size: int = 5_000) -> None:
        self.log = EventLog(size)
        self.path = folder / "state.db"
        self.journal = Journal(self.path, self.log, clock=self.now)
        self.told: list[Event] = []
        self.batches: list[int] = []
        self.log.add_listener(self._take)
        self._moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._moment += timedelta(milliseconds=1)
        return self._moment

    def kinds(self) -> list[str]:
        return [event.kind for event in self.told]

    def seqs(self) -> list[int]:
        return [event.seq for event in self.told]

    async def settle(self) -> None:
        """Wait until everything that was recorded is told."""
        await self.journal.write(lambda tx: None)

    def _take(self, events: Any) -> None:
        self.told += events
        self.batches.append(len(events))


def add_session(tx: Transaction, session_id: str) -> str:
    tx.store.sessions.add(NewSession(id=session_id, user=UserRecord(id="u")), now=tx.now)
    tx.record("session.created", {"user": "u"}, session_id=session_id)
    return session_id


def session_ids(store: SqliteStore) -> list[str]:
    return sorted(item.id for item in store.sessions.summaries())
