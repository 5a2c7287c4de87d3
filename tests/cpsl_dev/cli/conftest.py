"""The command line, run against the server that a module shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cpsl_dev.cli.main import cpsl
from tests.endpoints import TOKEN, Served


class Terminal:
    """Runs commands as a user would, who works in `folder`."""

    def __init__(self, folder: Path, environment: dict[str, str | None]) -> None:
        self.folder = folder
        self.environment = environment

    def run(self, *arguments: str, stdin: bytes | None = None, **environment: str) -> Result:
        env = {**self.environment, **environment}
        return CliRunner(env=env).invoke(cpsl, list(arguments), input=stdin)


@pytest.fixture
def terminal(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal that knows where the shared server is."""
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, {"CPSL_URL": served.endpoint.url, "CPSL_DEV_TOKEN": TOKEN})


@pytest.fixture
def lonely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder for which no server runs."""
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, {"CPSL_URL": None, "CPSL_DEV_TOKEN": None})
