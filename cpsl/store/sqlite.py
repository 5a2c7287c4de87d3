"""The SQLite store: opening and closing its file, transactions, and what is kept where."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cpsl.store.copies import CopyRows
from cpsl.store.event_rows import EventRow, EventRows
from cpsl.store.schema import migrate
from cpsl.store.sessions import NewSession, SessionRows, StoredSession
from cpsl.store.turns import TurnChange, TurnRows

__all__ = ["EventRow", "NewSession", "SqliteStore", "StoredSession", "TurnChange"]

# A larger file is not checked page by page at each start: that would cost seconds.
_CHECKED_BYTES = 64 * 1024 * 1024


class SqliteStore:
    """Sessions, turns, history and events in one SQLite file, for one thread.

    Every method of `sessions`, `turns` and `events` must run inside `transaction()`, but for
    those that only read.

    Args:
        path: The database file. Made, with its folder's permissions, where it is missing.

    Raises:
        StoreTooNew: the file was written by a newer version.
        sqlite3.Error: the file cannot be opened at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.moved_aside = _move_damaged_aside(path)
        self._connection = _open(path)
        self.sessions = SessionRows(self._connection)
        self.turns = TurnRows(self._connection)
        self.events = EventRows(self._connection)
        self.copies = CopyRows(self._connection)

    def close(self) -> None:
        """Write what is in the log into the file, and close it."""
        self._connection.close()

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Commit what happens inside as a whole, or nothing of it.

        Args:
            durable: False does not wait for the disk: a power cut, but nothing less, may take it
                back, until the next one that is durable.
        """
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside, should it fail, and keep the rest of the transaction."""
        self._connection.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO step")
                self._connection.execute("RELEASE step")
            raise
        self._connection.execute("RELEASE step")

    def meta(self, key: str, default: str) -> str:
        """Return a value that was kept under `key`."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value under `key`."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def _open(path: Path) -> sqlite3.Connection:
    # The mode of the log and the shared memory follows the main file's, so make that one first.
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def _move_damaged_aside(path: Path) -> Path | None:
    """Rename a damaged database with its log, so that a new one can begin; never delete it."""
    if not path.exists() or not _is_damaged(path):
        return None
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _is_damaged(path: Path) -> bool:
    # Closing a connection that may write would delete the log, which has to be kept as well.
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=5.0)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if path.stat().st_size > _CHECKED_BYTES:
                return False
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return False  # locked, unreadable, no room: not damage, and said when it is opened
    except sqlite3.DatabaseError:
        return True
