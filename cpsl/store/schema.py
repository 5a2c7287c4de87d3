"""The tables of the store, and how an older file becomes a newer one."""

from __future__ import annotations

import sqlite3

from cpsl.exceptions import CpslError

# Each entry brings a file from the version of its index to the next one.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        user_id TEXT NOT NULL,
        user_email TEXT,
        user_org_id TEXT,
        channel TEXT NOT NULL,
        data TEXT NOT NULL,
        initial_data TEXT NOT NULL,
        integrations TEXT NOT NULL,
        revision INTEGER NOT NULL,
        last_turn INTEGER NOT NULL,
        history_length INTEGER NOT NULL,
        entered INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        is_scratch INTEGER NOT NULL
    );
    CREATE TABLE turns (
        session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
        turn INTEGER NOT NULL,
        generation INTEGER,
        status TEXT NOT NULL,
        message TEXT NOT NULL,
        outcome TEXT NOT NULL,
        started_at TEXT,
        data_before TEXT,
        data_after TEXT,
        PRIMARY KEY (session_id, turn)
    ) WITHOUT ROWID;
    CREATE INDEX turns_open ON turns (status) WHERE status IN ('queued', 'running');
    CREATE TABLE history (
        session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        sender TEXT NOT NULL,
        text TEXT NOT NULL,
        channel_type TEXT NOT NULL,
        timestamp TEXT NOT NULL,
        attachments TEXT NOT NULL,
        PRIMARY KEY (session_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        kind TEXT NOT NULL,
        generation INTEGER,
        session_id TEXT,
        turn INTEGER,
        fields TEXT NOT NULL
    );
    CREATE INDEX events_of_session ON events (session_id, turn) WHERE session_id IS NOT NULL;
    """,
)


class StoreTooNew(CpslError):
    """The file was written by a newer version of the package."""

    def __init__(self, path: str, version: int) -> None:
        super().__init__(
            f"{path} was written by a newer cpsl-dev (schema {version}, this one knows up to "
            f"{len(MIGRATIONS)}). Upgrade with `pip install -U cpsl-dev`, or choose another "
            f"--data-dir. Nothing was changed."
        )


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file up to this version, each step in one transaction.

    Raises:
        StoreTooNew: the file is from the future; it is left as it is.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StoreTooNew(path, version)
    for number in range(version, len(MIGRATIONS)):
        script = (
            f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
        )
        try:
            connection.executescript(script)
        except sqlite3.Error:
            connection.rollback()
            raise
