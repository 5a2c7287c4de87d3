"""Tests of telling whether something is held by another process."""

from __future__ import annotations

import errno
import fcntl
import socket
import sqlite3
from pathlib import Path

import pytest

from cpsl_dev.worker.contention import is_contended


def raised_by_a_port() -> OSError:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        first.listen()
        with pytest.raises(OSError, match="in use") as caught:
            second.bind(first.getsockname())
        return caught.value


def test_a_port_that_is_taken_is_contended() -> None:
    assert is_contended(raised_by_a_port())


def test_a_lock_that_is_held_is_contended(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as first, path.open("w") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError) as caught:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)

    assert is_contended(caught.value)


def test_a_locked_database_is_contended() -> None:
    assert is_contended(sqlite3.OperationalError("database is locked"))


def test_the_cause_counts_wherever_it_is_wrapped() -> None:
    cause = raised_by_a_port()
    wrapped = RuntimeError("the server did not start")
    wrapped.__cause__ = cause

    assert is_contended(wrapped)
    assert is_contended(BaseExceptionGroup("several", [ValueError("x"), cause]))


class Odd(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("the door is locked"),
        PermissionError(errno.EACCES, "Permission denied"),
        FileNotFoundError(errno.ENOENT, "No such file"),
        SystemExit(1),
        Odd(),
    ],
)
def test_other_errors_are_not(error: BaseException) -> None:
    assert not is_contended(error)
