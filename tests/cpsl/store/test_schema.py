"""Tests of the tables and of their migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpsl.store import schema
from cpsl.store.schema import MIGRATIONS, StoreTooNew, migrate


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    yield opened
    opened.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {row[0] for row in rows}


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_an_empty_file_gets_every_table(connection: sqlite3.Connection) -> None:
    migrate(connection, "state.db")

    assert tables(connection) == {"meta", "sessions", "turns", "history", "events"}
    assert version(connection) == len(MIGRATIONS)


def test_migrating_twice_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection, "state.db")
    connection.execute("INSERT INTO meta VALUES ('a', 'b')")

    migrate(connection, "state.db")

    assert connection.execute("SELECT value FROM meta").fetchall() == [("b",)]


def test_a_file_from_the_future_is_refused_and_left_as_it_is(
    connection: sqlite3.Connection,
) -> None:
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")

    with pytest.raises(StoreTooNew) as refused:
        migrate(connection, "state.db")

    assert str(refused.value) == (
        f"state.db was written by a newer cpsl-dev (schema {len(MIGRATIONS) + 1}, this one knows "
        f"up to {len(MIGRATIONS)}). Upgrade with `pip install -U cpsl-dev`, or choose another "
        f"--data-dir. Nothing was changed."
    )
    assert tables(connection) == set()


def test_a_migration_that_fails_is_undone_as_a_whole(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "CREATE TABLE extra (a); CREATE TABLE sessions (a);"
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, broken))

    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, "state.db")

    assert version(connection) == len(MIGRATIONS)
    assert "extra" not in tables(connection)
    assert not connection.in_transaction


def test_an_older_file_takes_only_the_steps_it_lacks(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(connection, "state.db")
    connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE extra (a);"))

    migrate(connection, "state.db")

    assert "extra" in tables(connection)
    assert connection.execute("SELECT value FROM meta").fetchall() == [("b",)]
