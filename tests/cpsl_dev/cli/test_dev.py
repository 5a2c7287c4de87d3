from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cpsl_dev.cli import headless
from cpsl_dev.cli.dev import dev
from cpsl_dev.cli.main import cpsl
from cpsl_dev.config import Config


class Started:
    """What the command would have started."""

    def __init__(self) -> None:
        self.config: Config | None = None
        self.as_json = False
        self.ahead: list[Mapping[str, str]] = []

    def run(self, config: Config, *, as_json: bool) -> int:
        self.config, self.as_json = config, as_json
        return 0


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Started:
    """A folder with an app, and a command that starts nothing."""
    started = Started()
    monkeypatch.setattr(headless, "run_headless", started.run)
    monkeypatch.setattr("cpsl_dev.cli.dev.spawn_ahead", started.ahead.append)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CPSL_DEV_TOKEN", raising=False)
    (tmp_path / "app.py").touch()
    return started


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(cpsl, ["dev", *arguments])


def config_of(started: Started, *arguments: str, **environment: str) -> Config:
    result = run(*arguments, **environment)
    assert result.exit_code == 0, result.output
    assert started.config is not None
    return started.config


def test_without_arguments_everything_has_its_default(started: Started, tmp_path: Path) -> None:
    config = config_of(started)

    assert config == Config(entry=config.entry, data_dir=tmp_path / ".cpsl")
    assert config.entry.text == "app.py"
    assert config.given == frozenset()


def test_every_argument_arrives(started: Started, tmp_path: Path) -> None:
    (tmp_path / "x.env").touch()
    (tmp_path / "token").write_text("a-token-in-a-file", "utf-8")

    config = config_of(
        started,
        *("app.py:bot", "--host", "::1", "--port", "0", "--token-file", "token"),
        *("--allow-host", "dev.example", "--allow-host", "b", "--max-body", "5"),
        *("--allow-origin", "http://localhost:1", "--env-file", "x.env", "--session", "s1"),
        *("--user", "me", "--data-dir", "state", "--no-reload", "--no-standby"),
        *("--load-timeout", "2.5", "--drain-timeout", "1", "--headless"),
    )

    assert config == Config(
        entry=config.entry,
        data_dir=tmp_path / "state",
        host="::1",
        port=0,
        token="a-token-in-a-file",
        token_file=Path("token"),
        allow_hosts=("dev.example", "b"),
        allow_origins=("http://localhost:1",),
        max_body_bytes=5,
        env_file=Path("x.env"),
        session_id="s1",
        user="me",
        reload=False,
        standby=False,
        load_timeout_seconds=2.5,
        drain_timeout_seconds=1.0,
        given=config.given,
    )
    assert config.given >= {"entry", "host", "port", "reload", "standby", "load_timeout_seconds"}
    assert config.entry.symbol == "bot"


def test_variables_do_what_arguments_do(started: Started) -> None:
    config = config_of(
        started, CPSL_PORT="0", CPSL_NO_AUTH="1", CPSL_ALLOW_HOST="a b", CPSL_NO_RELOAD="true"
    )

    assert (config.port, config.auth, config.reload) == (0, False, False)
    assert config.allow_hosts == ("a", "b")


def test_the_token_variable_is_taken_out_before_anything_starts(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[bool] = []

    def look(config: Config, *, as_json: bool) -> int:
        found.append("CPSL_DEV_TOKEN" in os.environ)
        return started.run(config, as_json=as_json)

    monkeypatch.setattr(headless, "run_headless", look)

    config = config_of(started, CPSL_DEV_TOKEN="a-token-in-a-variable")

    assert config.token == "a-token-in-a-variable"
    assert found == [False]
    assert config.token not in repr(config)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.py"], "There is no file 'missing.py'"),
        (["--host", "0"], "--host '0' is not an address to listen on"),
        (["--host", ""], "--host '' is not an address to listen on"),
        (["--host", "0.0.0.0", "--no-auth"], "--no-auth works on this machine only"),
        (["--port", "70000"], "70000 is not in the range 0<=x<=65535"),
        (["--port", "x"], "'x' is not a valid integer"),
        (["--max-body", "0"], "0 is not in the range x>=1"),
        (["--load-timeout", "0"], "0.0 is not a number of seconds above 0."),
        (["--load-timeout", "nan"], "nan is not a number of seconds above 0."),
        (["--drain-timeout", "inf"], "inf is not a number of seconds above 0."),
        (["--env-file", "missing.env"], "File 'missing.env' does not exist"),
        (["--token-file", "missing"], "The token file missing cannot be read"),
        (["--allow-origin", "*"], "--allow-origin '*' is not an origin"),
        (["--allow-host", "*"], "--allow-host '*' is not the name of a host"),
        (["app.py", "other.py"], "Got unexpected extra argument (other.py)"),
    ],
)
def test_wrong_use_is_2_and_nothing_starts(
    started: Started, arguments: list[str], said: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert started.config is None


def test_warnings_are_said_before_it_starts(started: Started) -> None:
    result = run("--no-auth")

    assert result.exit_code == 0
    assert "Warning: No token is asked for: every program on this machine can" in result.stderr


def test_without_a_terminal_it_says_that_there_is_no_screen(started: Started) -> None:
    assert run().stderr == "There is no terminal: running without the screen (--headless).\n"
    assert run("--headless").stderr == ""
    assert not started.as_json


def test_json_needs_no_headless(started: Started) -> None:
    assert run("--json").stderr == ""
    assert started.as_json


def test_with_a_terminal_the_screen_opens(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Config] = []

    def run_screen(config: Config) -> int:
        opened.append(config)
        return 7

    monkeypatch.setattr("cpsl_dev.cli.dev.has_terminal", lambda: True)
    monkeypatch.setattr("cpsl_dev.tui.app.run_screen", run_screen)

    result = run()

    assert result.exit_code == 7
    assert len(opened) == 1
    assert started.config is None


def test_every_option_is_documented_with_its_default_and_its_variable() -> None:
    options = [item for item in dev.params if isinstance(item, click.Option)]

    for option in options:
        assert option.help, option.name
        if not option.is_flag:
            assert "[default: " in option.help, option.name
        if option.name != "as_json":
            assert str(option.envvar).startswith("CPSL_"), option.name
    assert {option.opts[0] for option in options} >= {
        *("--port", "--host", "--token-file", "--no-auth", "--env-file", "--session", "--user"),
        *("--no-reload", "--no-standby", "--data-dir", "--allow-host", "--allow-origin"),
        *("--max-body", "--load-timeout", "--drain-timeout", "--headless", "--json"),
    }


def test_units_are_named() -> None:
    helps: dict[str, Any] = {str(item.name): getattr(item, "help", "") for item in dev.params}

    assert "in bytes" in helps["max_body_bytes"]
    assert "in seconds" in helps["load_timeout_seconds"]
    assert "in seconds" in helps["drain_timeout_seconds"]


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        ((), None),
        (("--debugpy",), 5678),
        (("--debugpy", "6000"), 6000),
        (("--debugpy=6000",), 6000),
    ],
)
def test_an_editor_is_let_in_where_that_is_asked_for(
    started: Started, arguments: tuple[str, ...], port: int | None
) -> None:
    assert config_of(started, "app.py", *arguments).debugpy_port == port


def test_the_package_that_editors_need_is_named(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.cli.dev.find_spec", lambda name: None)

    result = run("app.py", "--headless", "--debugpy")

    assert result.exit_code == 2
    assert "the package debugpy is not installed: pip install 'cpsl-dev[debugpy]'." in result.stderr


@pytest.mark.parametrize("port", ["0", "70000", "app.py"])
def test_what_is_no_port_is_refused(started: Started, port: str) -> None:
    result = run("--headless", "--debugpy", port)

    assert result.exit_code == 2
    assert "--debugpy" in result.stderr
