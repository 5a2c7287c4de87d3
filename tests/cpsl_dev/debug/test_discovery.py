"""How a running server is found, and nobody else's is."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from cpsl_dev.debug.discovery import (
    RunningServer,
    find_running,
    find_upwards,
    make_token,
    read_token,
    remove_running,
    take_token,
    write_running,
)
from cpsl_dev.exceptions import StoreUnavailable, UsageError


def make_server(pid: int | None = None) -> RunningServer:
    return RunningServer(
        url="http://127.0.0.1:4600", token="secret", pid=pid or os.getpid(), entry="app.py:app"
    )


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_token_has_256_bits_and_never_comes_twice() -> None:
    tokens = {make_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)


def test_the_variable_is_taken_out_of_the_environment() -> None:
    environment = {"CPSL_DEV_TOKEN": "secret", "HOME": "/"}

    assert take_token(environment) == "secret"
    assert environment == {"HOME": "/"}
    assert take_token(environment) is None
    assert take_token({"CPSL_DEV_TOKEN": ""}) is None


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ümlaut", "x" * 5_000])
def test_a_variable_that_is_no_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(UsageError, match="The variable CPSL_DEV_TOKEN holds no usable") as caught:
        take_token({"CPSL_DEV_TOKEN": token})

    assert token not in str(caught.value)


def test_a_token_file_is_read_without_its_line_break(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n", "utf-8")

    assert read_token(tmp_path / "token") == "secret"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty. Put a long random text in it."),
        (b"\n", "is empty"),
        (b"\xff", "cannot be read: it is not UTF-8"),
        (b"a b", "holds no usable token: write one line of at most 4096 ASCII characters"),
        (b"a\nb", "holds no usable token"),
        (b"x" * 100_000, "holds no usable token"),
    ],
)
def test_a_file_that_holds_no_token_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "token").write_bytes(content)

    with pytest.raises(UsageError, match=re.escape(said)):
        read_token(tmp_path / "token")


def test_a_token_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="token cannot be read: No such file or directory"):
        read_token(tmp_path / "token")


def test_what_was_written_is_found_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    write_running(tmp_path, make_server())

    path = tmp_path / "dev.json"
    assert find_running(tmp_path) == make_server()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert orjson.loads(path.read_bytes()) == {
        "url": "http://127.0.0.1:4600",
        "token": "secret",
        "pid": os.getpid(),
        "entry": "app.py:app",
    }
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_that_was_put_there_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "victim"
    target.write_text("precious", "utf-8")
    (tmp_path / "dev.json").symlink_to(target)

    write_running(tmp_path, make_server())

    assert target.read_text("utf-8") == "precious"
    assert not (tmp_path / "dev.json").is_symlink()


def test_a_readable_file_that_was_put_there_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    (tmp_path / "dev.json").touch(0o666)

    write_running(tmp_path, make_server())

    assert stat.S_IMODE((tmp_path / "dev.json").stat().st_mode) == 0o600


def test_a_link_is_not_followed_when_read(tmp_path: Path) -> None:
    write_running(tmp_path, make_server())
    (tmp_path / "dev.json").rename(tmp_path / "elsewhere.json")
    (tmp_path / "dev.json").symlink_to(tmp_path / "elsewhere.json")

    assert find_running(tmp_path) is None


def test_a_file_of_another_user_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write_running(tmp_path, make_server())
    monkeypatch.setattr(os, "getuid", lambda: 12345)

    assert find_running(tmp_path) is None
    assert "is ignored: it is not a file of this user" in caplog.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"dev.json cannot be written: No such file or dir"):
        write_running(tmp_path / "missing", make_server())


def test_a_server_whose_process_is_gone_is_not_found(tmp_path: Path) -> None:
    write_running(tmp_path, make_server(dead_pid()))

    assert find_running(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"url": 1, "token": null, "pid": 1, "entry": ""}',
        b'{"url": "u", "token": null, "pid": 0, "entry": ""}',
        b'{"url": "u", "token": null, "pid": 99999999999999, "entry": ""}',
    ],
)
def test_a_damaged_file_is_no_server(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dev.json").write_bytes(content)

    assert find_running(tmp_path) is None


def test_a_pipe_in_the_place_of_the_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dev.json")

    assert find_running(tmp_path) is None


def test_a_process_of_another_user_counts_as_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_running(tmp_path, make_server())

    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)

    assert find_running(tmp_path) == make_server()


def test_only_its_own_file_is_removed(tmp_path: Path) -> None:
    write_running(tmp_path, make_server())

    remove_running(tmp_path, os.getpid() + 1)
    assert (tmp_path / "dev.json").exists()

    remove_running(tmp_path, os.getpid())
    assert not (tmp_path / "dev.json").exists()
    remove_running(tmp_path, os.getpid())


def test_the_server_of_a_folder_above_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    (tmp_path / ".cpsl").mkdir()
    (inner / ".cpsl").mkdir(parents=True)
    write_running(tmp_path / ".cpsl", make_server())
    write_running(inner / ".cpsl", make_server(dead_pid()))

    assert find_upwards(inner) == make_server()
    assert find_upwards(Path("/")) is None
