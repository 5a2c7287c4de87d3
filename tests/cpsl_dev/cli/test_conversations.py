from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from tests.endpoints import Serve, Served

if TYPE_CHECKING:
    from tests.cpsl_dev.cli.conftest import Terminal


def test_sessions_are_a_table_of_safe_text(terminal: Terminal, served: Served) -> None:
    served.say("table", "evil \x1b]0;title\x07\nsecond line")

    result = terminal.run("sessions")

    lines = result.stdout.splitlines()
    row = next(line for line in lines if line.startswith("table "))
    assert lines[0].split() == ["ID", "USER", "CHANNEL", "TURNS", "UPDATED", "TITLE"]
    assert row.split()[1:4] == ["dev", "chat", "1"]
    assert "\x1b" not in result.stdout


def test_sessions_as_json_are_one_a_line(terminal: Terminal, served: Served) -> None:
    served.say("lines", "hi")

    found = [orjson.loads(line) for line in terminal.run("sessions", "--json").stdout.splitlines()]

    assert "lines" in {session["id"] for session in found}


def test_no_session_is_said(lonely: Terminal, serve: Serve) -> None:
    served = serve()

    result = lonely.run("sessions", CPSL_URL=served.endpoint.url, CPSL_DEV_TOKEN=str(served.token))

    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "There is no session yet. Make one with: cpsl send TEXT\n"


def test_a_session_is_shown_with_data_and_history(terminal: Terminal, served: Served) -> None:
    served.say("shown", "hello\x1b[2J\nthere")

    result = terminal.run("show", "shown")

    assert result.exit_code == 0
    assert "user      dev · dev@localhost\n" in result.stdout
    assert '    "count": 1\n' in result.stdout
    assert "    hello␛[2J\n    there\n" in result.stdout
    assert "    echo hello␛[2J\n" in result.stdout


def test_a_session_as_json_is_what_the_endpoint_says(terminal: Terminal, served: Served) -> None:
    served.say("json", "hi")

    found = orjson.loads(terminal.run("show", "json", "--json").stdout)

    assert found == served.ask("GET", "/sessions/json").json()


def test_a_session_that_is_not_there_is_wrong_use(terminal: Terminal) -> None:
    result = terminal.run("show", "no/body")

    assert result.exit_code == 2
    assert result.stderr == "Error: There is no session 'no/body'.\n"
