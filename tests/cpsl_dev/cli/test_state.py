from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.endpoints import Served

if TYPE_CHECKING:
    from tests.cpsl_dev.cli.conftest import Terminal


@pytest.fixture
def broken(served: Served, app_folder: Path) -> Iterator[None]:
    """The newest save cannot run."""
    path = app_folder / "app.py"
    before = path.read_text("utf-8")
    path.write_text("x = (\n", "utf-8")
    served.ask("POST", "/reload")
    yield
    path.write_text(before, "utf-8")
    served.ask("POST", "/reload")


def test_status_is_aligned_and_complete(terminal: Terminal, served: Served) -> None:
    result = terminal.run("status")

    lines = dict(line.split(None, 1) for line in result.stdout.splitlines())
    assert result.exit_code == 0
    assert lines["state"] == "ready"
    assert lines["app"] == "echo"
    assert lines["url"] == served.endpoint.url
    assert "serving" in lines["workers"]


def test_status_as_json_is_what_the_endpoint_says(terminal: Terminal, served: Served) -> None:
    found = orjson.loads(terminal.run("status", "--json").stdout)

    assert set(found) == set(served.ask("GET", "/status").json())


@pytest.mark.usefixtures("broken")
def test_status_is_1_while_the_newest_code_cannot_run(terminal: Terminal) -> None:
    result = terminal.run("status")

    assert result.exit_code == 1
    assert "state       failed" in result.stdout
    assert "(stale)" in result.stdout
    assert "app.py:1  SyntaxError: '(' was never closed" in result.stdout


def test_reload_says_which_generation_serves(terminal: Terminal) -> None:
    result = terminal.run("reload")

    assert result.exit_code == 0
    assert result.stdout.startswith("reloaded: generation ")
    assert orjson.loads(terminal.run("reload", "--json").stdout)["outcome"] == "succeeded"


@pytest.mark.usefixtures("broken")
def test_reload_is_1_if_the_code_cannot_run(terminal: Terminal) -> None:
    result = terminal.run("reload")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "the reload failed: app.py:1  SyntaxError: '(' was never closed" in result.stderr


@pytest.mark.parametrize("command", ["status", "reload", "sessions", "events"])
def test_without_a_server_it_is_3_and_says_the_way_out(lonely: Terminal, command: str) -> None:
    result = lonely.run(command)

    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: No dev server runs for {lonely.folder} or a folder above it. "
        f"Start one with `cpsl dev`, or name one with --url.\n"
    )
