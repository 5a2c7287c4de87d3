"""Tests of what environment workers are started with."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from cpsl_dev.environment import TOKEN_VARIABLE, read_environment, shell_environment


def write(folder: Path, text: str | bytes, name: str = ".env") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_file_is_put_under_the_shell(tmp_path: Path) -> None:
    path = write(tmp_path, 'A=from file\nB="two words"\nexport C=3\n# D=4\n\n')

    found = read_environment(None, tmp_path, {"HOME": "/home/me"})

    assert found.variables == {"HOME": "/home/me", "A": "from file", "B": "two words", "C": "3"}
    assert found.files == {str(path): hashlib.sha256(path.read_bytes()).hexdigest()}
    assert found.warnings == []


def test_the_shell_keeps_priority_and_that_is_said_without_the_value(tmp_path: Path) -> None:
    write(tmp_path, "KEY=secret-of-file\nSAME=x\n")

    found = read_environment(None, tmp_path, {"KEY": "secret-of-shell", "SAME": "x"})

    assert found.variables["KEY"] == "secret-of-shell"
    assert found.warnings == ["KEY is set in the shell: its value in .env is not used"]


def test_a_missing_file_is_followed_and_only_missed_where_it_was_asked_for(
    tmp_path: Path,
) -> None:
    usual = read_environment(None, tmp_path, {"A": "1"})
    asked = read_environment(tmp_path / "prod.env", tmp_path, {"A": "1"})

    assert (usual.variables, usual.warnings) == ({"A": "1"}, [])
    assert usual.files == {str(tmp_path / ".env"): None}
    assert asked.warnings == ["prod.env: there is no such file"]


def test_a_file_elsewhere_is_read_instead(tmp_path: Path) -> None:
    write(tmp_path, "A=usual\n")
    other = write(tmp_path, "A=other\n", "prod.env")

    found = read_environment(other, tmp_path, {})

    assert found.variables == {"A": "other"}


def test_a_line_that_is_none_is_named_without_its_text(tmp_path: Path) -> None:
    write(tmp_path, "A=1\nthis is = 'my secret\nB=2\n")

    found = read_environment(None, tmp_path, {})

    assert found.variables["A"] == "1"
    assert found.warnings == [".env:2: this line is no NAME=value"]


def test_a_value_with_a_nul_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, b"A=1\x002\nB=2\n")

    found = read_environment(None, tmp_path, {})

    assert found.variables == {"B": "2"}
    assert found.warnings == [".env:1: A holds a NUL"]


def test_a_file_that_is_no_text_is_left_out_whole(tmp_path: Path) -> None:
    write(tmp_path, b"A=\xff\xfe\n")

    found = read_environment(None, tmp_path, {})

    assert found.variables == {}
    assert found.warnings == [".env is not UTF-8 text: none of it is used"]


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    found = read_environment(None, tmp_path, {"A": "1"})

    assert found.variables == {"A": "1"}
    assert found.warnings == [".env cannot be read: Is a directory"]


def test_a_variable_that_changes_how_python_starts_is_said(tmp_path: Path) -> None:
    write(tmp_path, "PYTHONPATH=lib\n")

    found = read_environment(None, tmp_path, {})

    assert found.variables == {"PYTHONPATH": "lib"}
    assert found.warnings == ["PYTHONPATH in .env changes how Python itself starts"]


def test_the_token_of_the_endpoint_never_reaches_a_worker(tmp_path: Path) -> None:
    write(tmp_path, "A=1\n")

    found = read_environment(None, tmp_path, {TOKEN_VARIABLE: "secret", "B": "2"})

    assert found.variables == {"A": "1", "B": "2"}


def test_the_shells_variables_are_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPSL_TEST_VARIABLE", "1")

    found = shell_environment()
    found["CPSL_TEST_VARIABLE"] = "2"

    assert os.environ["CPSL_TEST_VARIABLE"] == "1"


def test_the_files_variables_do_not_enter_the_server_itself(tmp_path: Path) -> None:
    write(tmp_path, "CPSL_TEST_ONLY=1\n")

    read_environment(None, tmp_path, shell_environment())

    assert "CPSL_TEST_ONLY" not in os.environ
