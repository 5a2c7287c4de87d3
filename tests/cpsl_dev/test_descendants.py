"""Tests of ending what a worker has started."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from cpsl_dev.descendants import MARK_VARIABLE, end_descendants, make_mark
from tests.servers import is_alive

# A session that no process has.
NO_SESSION = 2**22 + 1


@pytest.fixture
def mark() -> str:
    return make_mark()


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process that belongs to another worker."""
    environment = {**os.environ, MARK_VARIABLE: make_mark()}
    process = subprocess.Popen(["sleep", "1000"], env=environment, start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_process_with_the_mark_is_ended(mark: str, other: subprocess.Popen[bytes]) -> None:
    environment = {**os.environ, MARK_VARIABLE: mark}
    process = subprocess.Popen(["sleep", "1000"], env=environment, start_new_session=True)

    end_descendants(NO_SESSION, mark)

    assert process.wait(5) == -9
    assert other.poll() is None


def test_process_of_the_session_is_ended_without_the_mark(
    mark: str, other: subprocess.Popen[bytes]
) -> None:
    process = subprocess.Popen(["sleep", "1000"], env={}, start_new_session=True)

    end_descendants(process.pid, mark)

    assert process.wait(5) == -9
    assert other.poll() is None


def test_orphan_with_the_mark_is_ended(mark: str) -> None:
    environment = {**os.environ, MARK_VARIABLE: mark}
    script = "setsid sleep 1000 >/dev/null & echo $!"
    said = subprocess.run(
        ["sh", "-c", script], env=environment, stdout=subprocess.PIPE, check=True, timeout=10
    )
    assert is_alive(int(said.stdout))

    end_descendants(NO_SESSION, mark)

    deadline = time.monotonic() + 5
    while is_alive(int(said.stdout)):
        assert time.monotonic() < deadline


def test_nobody_is_ended_where_nothing_was_started(
    mark: str, other: subprocess.Popen[bytes]
) -> None:
    end_descendants(NO_SESSION, mark)

    assert other.poll() is None


def test_no_two_marks_are_the_same() -> None:
    assert make_mark() != make_mark()
