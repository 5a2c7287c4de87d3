from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.endpoints import TOKEN, Served

if TYPE_CHECKING:
    from tests.cpsl_dev.cli.conftest import Terminal


def test_the_newest_events_are_printed_one_a_line(terminal: Terminal, served: Served) -> None:
    served.say("log", "hello\nthere")

    lines = terminal.run("events", "--session", "log").stdout.splitlines()

    assert any("message.received" in line and "hello␊there" in line for line in lines)
    assert "turn.finished" in lines[-1]
    assert len(terminal.run("events", "--limit", "2").stdout.splitlines()) == 2


def test_events_can_be_chosen(terminal: Terminal, served: Served) -> None:
    served.say("log", "hello")

    result = terminal.run("events", "--json", "--kind", "turn.*", "--kind", "reply.sent")

    kinds = {orjson.loads(line)["kind"] for line in result.stdout.splitlines()}
    assert kinds == {"turn.started", "turn.finished", "reply.sent"}


def test_after_begins_with_the_oldest(terminal: Terminal) -> None:
    result = terminal.run("events", "--json", "--after", "2", "--limit", "2")

    assert [orjson.loads(line)["seq"] for line in result.stdout.splitlines()] == [3, 4]


@pytest.mark.parametrize("arguments", [["--after", "x"], ["--after", "-1"], ["--limit", "0"]])
def test_wrong_numbers_are_wrong_use(terminal: Terminal, arguments: list[str]) -> None:
    assert terminal.run("events", *arguments).exit_code == 2


@pytest.mark.parametrize("arguments", [[], ["--after", "0"]])
def test_following_goes_on_until_it_is_ended(served: Served, arguments: list[str]) -> None:
    served.record("mark", number=0)
    command = [sys.executable, "-m", "cpsl_dev", "events", "-f", "--json", "--kind", "mark"]
    env = {
        **os.environ,
        "PYTHONPATH": os.getcwd(),
        "CPSL_URL": served.endpoint.url,
        "CPSL_DEV_TOKEN": TOKEN,
    }
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        first = orjson.loads(process.stdout.readline())
        while first["number"] != 0:
            first = orjson.loads(process.stdout.readline())
        served.record("mark", number=1)
        second = orjson.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)

        assert second["number"] in (0, 1)
        assert process.wait(timeout=10) == 130
