from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from cpsl_dev.cli.client import DevClient
from tests.endpoints import APP, Served, running_endpoint

if TYPE_CHECKING:
    from tests.cpsl_dev.cli.conftest import Terminal


def test_the_reply_is_printed(terminal: Terminal, served: Served) -> None:
    result = terminal.run("send", "hello", "--session", "sent")

    assert (result.exit_code, result.stdout) == (0, "echo hello\n")
    assert served.ask("GET", "/sessions/sent/turns").json()["turns"][0]["status"] == "done"


def test_the_session_is_cli_unless_another_is_named(terminal: Terminal, served: Served) -> None:
    terminal.run("send", "hello")
    terminal.run("send", "hello", CPSL_SESSION="from-variable")

    ids = {session["id"] for session in served.ask("GET", "/sessions").json()["sessions"]}
    assert {"cli", "from-variable"} <= ids


def test_a_streamed_reply_is_printed_as_it_comes(terminal: Terminal) -> None:
    assert terminal.run("send", "chunks 5").stdout == "0 1 2 3 4 \n"


def test_control_characters_of_a_reply_are_shown(terminal: Terminal) -> None:
    assert terminal.run("send", "\x1b]52;c;aGk=\x07").stdout == "echo ␛]52;c;aGk=␇\n"


def test_the_turn_can_be_had_as_json(terminal: Terminal) -> None:
    result = terminal.run("send", "hello\nyou", "--json", "--session", "json")

    turn = orjson.loads(result.stdout)
    assert result.exit_code == 0
    assert turn["replies"] == [{"text": "echo hello\nyou", "streamed": False}]


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_turn_that_fails_is_1(terminal: Terminal, arguments: list[str]) -> None:
    result = terminal.run("send", "boom it broke", *arguments)

    assert result.exit_code == 1
    if arguments:
        assert orjson.loads(result.stdout)["error"]["message"] == "it broke"
    else:
        assert "app.py:19  ValueError: it broke\n    raise ValueError(rest)\n" in result.stderr


def test_the_text_may_come_from_standard_input(terminal: Terminal) -> None:
    assert terminal.run("send", "-", stdin="grüße".encode()).stdout == "echo grüße\n"

    result = terminal.run("send", "-", stdin=b"\xff")
    assert result.exit_code == 2
    assert result.stderr == "Error: Standard input is not valid UTF-8.\n"


def test_a_text_that_is_no_unicode_is_wrong_use(terminal: Terminal) -> None:
    result = terminal.run("send", "a\udcff")

    assert result.exit_code == 2
    assert result.stderr == "Error: The text is not valid UTF-8.\n"


def test_an_empty_text_is_wrong_use(terminal: Terminal) -> None:
    result = terminal.run("send", " ")

    assert result.exit_code == 2
    assert "The message is empty" in result.stderr


def test_an_interrupted_turn_is_1_and_says_why(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def events(*args: object) -> list[dict[str, Any]]:
        return [{"kind": "turn.interrupted", "reason": "the worker died"}]

    monkeypatch.setattr(DevClient, "post_events", events)

    result = terminal.run("send", "hello")

    assert result.exit_code == 1
    assert result.stderr == "The turn was interrupted: the worker died.\n"


def test_a_server_that_goes_away_in_the_middle_is_3(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def events(*args: object) -> list[dict[str, Any]]:
        return [
            {"kind": "reply.started", "reply": 0},
            {"kind": "reply.chunk", "reply": 0, "text": "x"},
        ]

    monkeypatch.setattr(DevClient, "post_events", events)

    result = terminal.run("send", "hello")

    assert result.exit_code == 3
    assert result.stdout == "x\n"
    assert result.stderr == "Error: The dev server went away before the turn was over.\n"


def test_a_fresh_message_is_answered_by_what_was_saved_last(lonely: Terminal) -> None:
    app = lonely.folder / "app.py"
    app.write_text(APP, "utf-8")
    with running_endpoint(lonely.folder, lonely.folder / ".cpsl", {}):
        app.write_text(APP.replace('f"echo {', 'f"new {'), "utf-8")
        sent = lonely.run("send", "hi", "--fresh")
        app.write_text(APP.replace('f"echo {', 'f"newer {'), "utf-8")
        as_json = lonely.run("send", "hi", "--fresh", "--json")
        app.write_text(f"{APP}x = (\n", "utf-8")
        refused = lonely.run("send", "hi", "--fresh")

    assert (sent.exit_code, sent.stdout) == (0, "new hi\n")
    assert orjson.loads(as_json.stdout)["replies"][0]["text"] == "newer hi"
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(
        "Error: The code on the disk is not live: SyntaxError: '(' was never closed "
    )


def test_without_a_server_the_app_runs_here_on_the_same_state(lonely: Terminal) -> None:
    (lonely.folder / "app.py").write_text(textwrap.dedent(APP), "utf-8")

    first = lonely.run("send", "one", "--session", "s1")
    second = lonely.run("send", "two", "--session", "s1", "--json")

    assert (first.exit_code, first.stdout) == (0, "echo one\n")
    turn = orjson.loads(second.stdout)
    assert turn["turn"] == 2
    assert turn["data_patch"] == [{"op": "replace", "path": "/count", "value": 2}]
    assert (lonely.folder / ".cpsl" / "state.db").exists()
    assert not (lonely.folder / ".cpsl" / "dev.json").exists()


def test_without_a_server_another_app_can_be_named(lonely: Terminal) -> None:
    (lonely.folder / "other").mkdir()
    (lonely.folder / "other" / "mine.py").write_text(textwrap.dedent(APP), "utf-8")

    result = lonely.run("send", "boom x", "--app", "other/mine.py")

    assert result.exit_code == 1
    assert "ValueError: x" in result.stderr
    assert (lonely.folder / "other" / ".cpsl").exists()


def test_without_a_server_and_without_an_app_it_is_wrong_use(lonely: Terminal) -> None:
    result = lonely.run("send", "hello")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: The folder {lonely.folder} holds no app")
