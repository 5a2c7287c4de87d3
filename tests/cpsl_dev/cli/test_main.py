from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cpsl.version import __version__
from cpsl_dev.cli import main as module
from cpsl_dev.cli.main import cpsl, main

COMMANDS = ("dev", "send", "status", "reload", "sessions", "show", "events")


def run_program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONPATH": os.getcwd(), **environment}
    command = [sys.executable, "-m", "cpsl_dev", *arguments]
    return subprocess.run(command, capture_output=True, env=env, timeout=60, check=False)


def test_every_command_is_listed_and_explains_itself() -> None:
    runner = CliRunner()

    listed = runner.invoke(cpsl, ["--help"]).output

    for command in COMMANDS:
        assert f"\n  {command} " in listed
        assert runner.invoke(cpsl, [command, "--help"]).output.startswith("Usage: cpsl")


def test_the_exit_codes_are_documented() -> None:
    listed = CliRunner().invoke(cpsl, ["-h"]).output

    assert "0 done, 1 the app failed, 2 wrong use, 3 no dev server is" in listed


def test_the_version_is_shown() -> None:
    assert CliRunner().invoke(cpsl, ["--version"]).output == f"cpsl {__version__}\n"


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["send"], ["show"]])
def test_wrong_use_is_2_and_says_so(arguments: list[str]) -> None:
    result = CliRunner().invoke(cpsl, arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_ctrl_c_in_a_command_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.Commands, "get_command", lambda *_: interrupted)

    assert CliRunner().invoke(cpsl, ["status"]).exit_code == 130


@pytest.mark.parametrize("check", ["check_platform", "check_installation"])
def test_what_stands_in_the_way_is_said_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], check: str
) -> None:
    monkeypatch.setattr(module, check, lambda: "It cannot run here.")

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 2
    assert capsys.readouterr().err == "Error: It cannot run here.\n"


def test_python_m_is_the_same_program() -> None:
    result = run_program("--version")

    assert result.stdout == f"cpsl {__version__}\n".encode()
    assert result.returncode == 0


def test_any_text_can_be_printed_where_only_ascii_is_known() -> None:
    result = run_program("show", "😀\u202e", PYTHONIOENCODING="ascii", LC_ALL="C", CPSL_URL="")

    assert b"Traceback" not in result.stderr
    assert result.returncode == 3


def test_a_reader_that_leaves_early_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m cpsl_dev --help | true"
    env = {**os.environ, "PYTHONPATH": os.getcwd()}

    result = subprocess.run(command, shell=True, capture_output=True, env=env, check=False)

    assert b"Traceback" not in result.stderr


def test_the_command_line_comes_up_without_what_only_servers_need() -> None:
    code = (
        "import sys, cpsl_dev.cli.main\n"
        "print([name for name in ('aiohttp', 'textual', 'watchfiles', 'cpsl', 'asyncio')"
        " if name in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"
