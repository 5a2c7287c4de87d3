"""Tests of the folder that holds a server's state, and of its lock."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from cpsl_dev.exceptions import ServerRunning, UsageError
from cpsl_dev.state_dir import StateDir

HOLDER = """
import sys, time
from pathlib import Path
from cpsl_dev.state_dir import StateDir
StateDir(Path(sys.argv[1])).acquire()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".cpsl"


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_folder_is_made_for_its_owner_and_kept_out_of_git(folder: Path) -> None:
    state = StateDir(folder)

    state.acquire()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert stat.S_IMODE((folder / "lock").stat().st_mode) == 0o600
    assert state.store == folder / "state.db"
    state.release()


def test_a_gitignore_that_is_there_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / ".gitignore").write_text("mine\n")
    state = StateDir(folder)

    state.acquire()
    state.release()

    assert (folder / ".gitignore").read_text() == "mine\n"


def test_a_second_server_is_refused_with_the_address_of_the_first(
    folder: Path, holder: subprocess.Popen[str]
) -> None:
    found = {"url": "http://127.0.0.1:4600", "token": "secret", "pid": holder.pid}
    (folder / "dev.json").write_bytes(orjson.dumps(found))

    with pytest.raises(ServerRunning) as refused:
        StateDir(folder).acquire()

    assert str(refused.value) == (
        f"Another dev server at http://127.0.0.1:4600 (process {holder.pid}) already runs with "
        f"the state in {folder}. Use that one, end it, or choose another folder with --data-dir."
    )


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff", b'{"url": 1}'])
def test_a_second_server_is_refused_without_an_address_where_none_is_known(
    folder: Path, holder: subprocess.Popen[str], content: bytes | None
) -> None:
    if content is not None:
        (folder / "dev.json").write_bytes(content)

    with pytest.raises(ServerRunning, match="Another dev server already runs"):
        StateDir(folder).acquire()


def test_the_lock_ends_with_the_process_however_that_ends(
    folder: Path, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    state = StateDir(folder)

    state.acquire()

    state.release()


def test_the_lock_can_be_taken_again_once_it_was_given_back(folder: Path) -> None:
    first, second = StateDir(folder), StateDir(folder)
    first.acquire()
    with pytest.raises(ServerRunning):
        second.acquire()
    first.release()
    first.release()

    second.acquire()

    second.release()


def test_a_child_process_does_not_keep_the_lock(folder: Path) -> None:
    state = StateDir(folder)
    state.acquire()
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False
    ) as child:
        try:
            state.release()

            again = StateDir(folder)
            again.acquire()

            again.release()
        finally:
            child.kill()


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / ".cpsl"

    with pytest.raises(UsageError) as refused:
        StateDir(folder).acquire()

    assert str(refused.value) == (
        f"The state cannot be kept in {folder}: Not a directory. "
        f"Choose another folder with --data-dir."
    )
