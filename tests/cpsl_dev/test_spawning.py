"""Tests of starting the processes of workers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cpsl_dev.spawning import Spawned, spawn, spawn_ahead
from tests.servers import is_alive


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Take what was started ahead and not asked for."""
    yield
    spawn({**os.environ, "LAST": "1"}).discard()


def test_what_was_started_ahead_is_what_is_given_to_the_first_who_asks() -> None:
    spawn_ahead(os.environ)

    first, second = spawn(dict(os.environ)), spawn(dict(os.environ))

    try:
        assert b"worker.standby" in first.channel.recv(1_000)
        assert first.process.pid != second.process.pid
    finally:
        first.discard()
        second.discard()


def test_one_with_other_variables_is_ended() -> None:
    spawn_ahead({**os.environ, "WHO": "ahead"})

    found = spawn({**os.environ, "WHO": "asked"})

    try:
        assert found.environment["WHO"] == "asked"
        # No other child of this process is a worker.
        processes = subprocess.check_output(["ps", "-A", "-o", "ppid=,args="], text=True)
        mine = [line for line in processes.splitlines() if line.split()[0] == f"{os.getpid()}"]
        assert sum("cpsl_dev.worker" in line for line in mine) == 1
    finally:
        found.discard()


def test_one_that_is_discarded_is_gone() -> None:
    found = Spawned(dict(os.environ))
    assert is_alive(found.process.pid)

    found.discard()

    assert not is_alive(found.process.pid)


def test_one_whose_channel_is_closed_ends_by_itself() -> None:
    found = Spawned(dict(os.environ))

    found.channel.close()

    with found.process as process:
        assert process.wait(10) == 0


def test_no_interpreter_is_an_error_for_the_one_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    spawn_ahead(os.environ)

    with pytest.raises(FileNotFoundError):
        spawn(os.environ)
    monkeypatch.undo()
