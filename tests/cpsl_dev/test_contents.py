"""Tests of the contents of files as hashes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from cpsl_dev.contents import Contents, code_hash, hash_file, is_database, shown_path, stamp_of


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_has_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("text", "utf-8")

    assert hash_file(str(path)) == sha("text")
    assert hash_file(str(tmp_path / "none")) is None
    assert hash_file(str(tmp_path)) is None
    assert hash_file("a\0b") is None


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert hash_file(str(tmp_path / "pipe")) is None


def test_a_large_file_is_told_by_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    with path.open("wb") as file:
        file.truncate(9 * 1024 * 1024)

    before = hash_file(str(path))
    os.utime(path, (1, 1))

    assert before is not None
    assert before.startswith("large:9437184:")
    assert hash_file(str(path)) != before


def test_a_change_within_one_tick_of_the_clock_is_seen(tmp_path: Path) -> None:
    path, contents = tmp_path / "a", Contents()
    path.write_text("one", "utf-8")
    moment = path.stat().st_mtime_ns

    assert contents.hash_of(str(path)) == sha("one")
    path.write_text("two", "utf-8")
    os.utime(path, ns=(moment, moment))

    assert contents.hash_of(str(path)) == sha("two")


def test_what_is_gone_or_empty_is_known_once_it_was_looked_at(tmp_path: Path) -> None:
    path, contents = tmp_path / "a", Contents()
    assert not contents.is_gone(str(path))

    assert contents.hash_of(str(path)) is None
    assert contents.is_gone(str(path))
    path.touch()
    assert contents.hash_of(str(path)) == sha("")
    assert contents.is_empty(str(path))


def test_a_rename_over_a_file_is_told_from_a_write_into_it(tmp_path: Path) -> None:
    path, contents = tmp_path / "a", Contents()
    path.write_text("one", "utf-8")
    contents.hash_of(str(path))

    (tmp_path / "b").write_text("two", "utf-8")
    os.replace(tmp_path / "b", path)
    contents.hash_of(str(path))
    assert contents.is_replaced(str(path))
    path.write_text("three", "utf-8")
    contents.hash_of(str(path))

    assert not contents.is_replaced(str(path))


def test_files_that_matter_no_longer_are_forgotten(tmp_path: Path) -> None:
    contents = Contents()
    contents.hash_of(str(tmp_path / "a"))

    contents.forget([])

    assert not contents.is_gone(str(tmp_path / "a"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.db", True),
        ("app.db3", True),
        ("app.sqlite", True),
        ("app.sqlite3", True),
        ("app.db-wal", True),
        ("x.db-shm", True),
        ("x-journal", True),
        ("db.py", False),
        ("journal.md", False),
        ("database", False),
    ],
)
def test_databases_are_known_by_name(name: str, expected: bool) -> None:
    assert is_database(f"/project/{name}") is expected


def test_the_same_files_give_the_same_hash_wherever_they_lie() -> None:
    one = code_hash({"/a/app.py": "1", "/a/gone.py": None, "/lib/x.py": "2"}, Path("/a"))
    two = code_hash({"/lib/x.py": "2", "/b/app.py": "1"}, Path("/b"))

    assert one == two
    lines = b"/lib/x.py\x002\napp.py\x001\n"
    assert one == f"sha256:{hashlib.sha256(lines).hexdigest()}"
    assert one != code_hash({"/a/app.py": "3", "/lib/x.py": "2"}, Path("/a"))


def test_a_path_is_shown_relative_to_the_folder_only_inside_it() -> None:
    assert shown_path("/a/b/c.py", Path("/a")) == "b/c.py"
    assert shown_path("/ab/c.py", Path("/a")) == "/ab/c.py"


def test_there_is_no_stamp_of_what_is_not_there(tmp_path: Path) -> None:
    assert stamp_of(str(tmp_path / "none")) is None
    assert stamp_of("a\0b") is None
    assert stamp_of(str(tmp_path)) is not None
