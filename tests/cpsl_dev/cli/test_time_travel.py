from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import pytest

from cpsl_dev.cli.time_travel import _say_replay
from tests.endpoints import Served

if TYPE_CHECKING:
    from tests.cpsl_dev.cli.conftest import Terminal


def test_a_replay_that_gives_the_same_says_so(terminal: Terminal, served: Served) -> None:
    served.say("cr1", "hello\x1b[2J")

    result = terminal.run("replay", "cr1")

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "turn 1: hello␛[2J"
    assert lines[1].startswith("then  done  generation 1  ")
    assert lines[2].startswith("now   done  generation 1  ")
    assert lines[3:] == ["the same"]


def test_a_replay_shows_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    turn = {"turn": 3, "message": {"text": "hi"}, "generation": 1, "duration_ms": 4.2}
    diff = {
        "replies": "--- before\n+++ after\n@@ -1 +1 @@\n-one\n+two \x1b[31m",
        "blocks": "--- before\n+++ after\n@@ -1 +0,0 @@\n-image {}",
        "data": [{"op": "replace", "path": "/n", "value": 2}],
        "same": False,
    }
    after = {
        **turn,
        "status": "failed",
        "generation": 2,
        "error": {"type": "ValueError", "message": "no", "file": "app.py", "line": 3},
    }

    _say_replay({"before": {**turn, "status": "done"}, "after": after, "diff": diff})

    assert capsys.readouterr().out.splitlines() == [
        "turn 3: hi",
        "then  done  generation 1  4 ms",
        "now   failed  generation 2  4 ms",
        "app.py:3  ValueError: no",
        "replies",
        "  @@ -1 +1 @@",
        "  -one",
        "  +two ␛[31m",
        "blocks",
        "  @@ -1 +0,0 @@",
        "  -image {}",
        "data",
        "  n = 2",
    ]


def test_a_replay_of_a_turn_that_fails_is_exit_code_1(terminal: Terminal, served: Served) -> None:
    served.say("cr2", "boom it broke")
    served.say("cr2", "hello")

    first = terminal.run("replay", "cr2", "--turn", "1", "--json")
    last = terminal.run("replay", "cr2", "--json")

    assert (first.exit_code, last.exit_code) == (1, 0)
    assert orjson.loads(first.stdout)["after"]["error"]["message"] == "it broke"
    assert orjson.loads(last.stdout)["diff"]["same"] is True


def test_a_session_is_rewound_and_forked(terminal: Terminal, served: Served) -> None:
    for text in ("one", "two"):
        served.say("cr3", text)

    forked = terminal.run("fork", "cr3", "--turn", "1", "--id", "cr4")
    unnamed = terminal.run("fork", "cr3", "--json")
    rewound = terminal.run("rewind", "cr3", "1")
    as_json = terminal.run("rewind", "cr3", "0", "--json")

    assert (forked.exit_code, forked.stdout) == (0, "cr4\n")
    assert orjson.loads(unnamed.stdout)["turns"] == 2
    assert (rewound.exit_code, rewound.stdout) == (0, "cr3 is back after turn 1\n")
    assert orjson.loads(as_json.stdout)["history"] == []
    assert served.ask("GET", "/sessions/cr4").json()["turns"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("replay", "no"), 2, "There is no session 'no'."),
        (("rewind", "no", "1"), 2, "There is no session 'no'."),
        (("fork", "no"), 2, "There is no session 'no'."),
        (("export", "no"), 2, "There is no session 'no'."),
        (("rewind", "no", "-1"), 2, "No such option"),
        (("rewind", "no"), 2, "Missing argument"),
    ],
)
def test_wrong_use_is_exit_code_2(
    terminal: Terminal, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = terminal.run(*arguments)

    assert result.exit_code == code
    assert said in result.stderr


@pytest.mark.parametrize("arguments", [("replay", "s"), ("fork", "s"), ("export", "s")])
def test_without_a_server_it_is_exit_code_3(lonely: Terminal, arguments: tuple[str, ...]) -> None:
    result = lonely.run(*arguments)

    assert result.exit_code == 3
    assert "No dev server runs for" in result.stderr


def test_an_exported_session_is_a_test_that_passes(terminal: Terminal, served: Served) -> None:
    served.say("cr5", "hello")
    path = terminal.folder / "test_it.py"

    result = terminal.run("export", "cr5", "-o", str(path))
    played = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)],
        cwd=terminal.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.exit_code == 0
    assert result.stdout == f"wrote {path}: run it with pytest {path}\n"
    assert played.returncode == 0, played.stdout
    assert "1 passed" in played.stdout


def test_an_exported_session_can_be_piped(terminal: Terminal, served: Served) -> None:
    served.say("cr6", "hello")

    result = terminal.run("export", "cr6")

    assert result.stdout == served.ask("GET", "/sessions/cr6/export").json()["source"]


def test_a_file_is_not_written_over(terminal: Terminal, served: Served) -> None:
    served.say("cr7", "hello")
    path = terminal.folder / "test_it.py"
    path.write_text("mine")

    refused = terminal.run("export", "cr7", "-o", "test_it.py")
    kept = path.read_text()
    forced = terminal.run("export", "cr7", "-o", "test_it.py", "--force")
    nowhere = terminal.run("export", "cr7", "-o", "no/such/folder.py")

    assert refused.exit_code == 2
    assert refused.stderr == (
        "Error: test_it.py exists. Choose another file, or write over it with --force.\n"
    )
    assert kept == "mine"
    assert forced.exit_code == 0
    assert path.read_text().startswith('"""Plays session \'cr7\'')
    assert nowhere.exit_code == 2
    assert (
        nowhere.stderr == "Error: no/such/folder.py cannot be written: No such file or directory.\n"
    )
