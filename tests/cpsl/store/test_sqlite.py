"""Tests of the store's file: permissions, durability, transactions, damage."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from cpsl.records import UserRecord
from cpsl.store import NewSession, SqliteStore, StoreTooNew

NOW = "2026-01-01T00:00:00.000Z"


def add_session(store: SqliteStore, session_id: str) -> None:
    store.sessions.add(NewSession(id=session_id, user=UserRecord(id="u")), now=NOW)


def add_and_fail(store: SqliteStore, session_id: str) -> None:
    add_session(store, session_id)
    raise ZeroDivisionError


def session_ids(store: SqliteStore) -> list[str]:
    return [session.id for session in store.sessions.summaries()]


def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")

    with store.transaction():
        add_session(store, "a")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    store.close()


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")

    pragmas = [
        store._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    ]

    assert pragmas == ["wal", 2, 1]
    store.close()


def test_only_a_transaction_that_must_be_durable_waits_for_the_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")
    levels = []

    for durable in (False, True, False):
        with store.transaction(durable=durable):
            levels += store._connection.execute("PRAGMA synchronous").fetchone()
    with store.transaction():
        levels += store._connection.execute("PRAGMA synchronous").fetchone()

    assert levels == [1, 2, 1, 2]
    store.close()


def test_what_was_committed_is_there_after_opening_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")
    with store.transaction():
        add_session(store, "a")
    store.close()

    again = SqliteStore(tmp_path / "state.db")

    assert session_ids(again) == ["a"]
    assert again.moved_aside is None
    again.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")

    with pytest.raises(ZeroDivisionError), store.transaction():
        add_and_fail(store, "a")

    assert session_ids(store) == []
    with store.transaction():
        add_session(store, "b")
    assert session_ids(store) == ["b"]
    store.close()


def test_a_savepoint_that_fails_leaves_the_rest_of_the_transaction(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")

    with store.transaction():
        with store.savepoint():
            add_session(store, "kept")
        with pytest.raises(ZeroDivisionError), store.savepoint():
            add_and_fail(store, "undone")

    assert session_ids(store) == ["kept"]
    store.close()


def test_meta_keeps_the_newest_value(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")

    assert store.meta("generation", "0") == "0"
    with store.transaction():
        store.set_meta("generation", "1")
        store.set_meta("generation", "2")

    assert store.meta("generation", "0") == "2"
    store.close()


def test_a_damaged_file_is_moved_aside_with_its_log_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"this is no database" * 1_000)
    (tmp_path / "state.db-wal").write_bytes(b"log")
    (tmp_path / "state.db-shm").write_bytes(b"memory")

    store = SqliteStore(path)

    aside = tmp_path / "state.db.damaged-1"
    assert store.moved_aside == aside
    assert aside.read_bytes().startswith(b"this is no database")
    assert (tmp_path / "state.db.damaged-1-wal").exists()
    assert session_ids(store) == []
    store.close()


def test_a_page_that_is_overwritten_counts_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = SqliteStore(path)
    with store.transaction():
        for number in range(2_000):
            add_session(store, f"session-{number}")
    store.close()
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)

    again = SqliteStore(path)

    assert again.moved_aside == tmp_path / "state.db.damaged-1"
    again.close()


def test_a_second_damage_does_not_overwrite_what_was_kept_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    for content in (b"first" * 1_000, b"second" * 1_000):
        path.write_bytes(content)
        SqliteStore(path).close()

    assert (tmp_path / "state.db.damaged-1").read_bytes().startswith(b"first")
    assert (tmp_path / "state.db.damaged-2").read_bytes().startswith(b"second")


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()

    store = SqliteStore(path)

    assert store.moved_aside is None
    assert session_ids(store) == []
    store.close()


def test_a_log_that_is_cut_off_loses_only_its_end(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")
    for number in range(20):
        with store.transaction():
            add_session(store, f"s{number}")
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in tmp_path.glob("state.db*"):
        (copy / path.name).write_bytes(path.read_bytes())
    store.close()
    log = copy / "state.db-wal"
    log.write_bytes(log.read_bytes()[:-1_000])

    again = SqliteStore(copy / "state.db")

    found = session_ids(again)
    assert again.moved_aside is None
    assert set(found) == {f"s{number}" for number in range(len(found))}
    assert 1 <= len(found) < 20
    again.close()


def test_a_store_from_the_future_is_neither_opened_nor_moved(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    SqliteStore(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StoreTooNew, match=r"schema 999"):
        SqliteStore(path)

    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.db"]


def test_a_folder_in_place_of_the_file_is_an_error_of_sqlite(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()

    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        SqliteStore(tmp_path / "state.db")
