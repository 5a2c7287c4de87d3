from __future__ import annotations

from cpsl.records import ErrorRecord
from cpsl_dev.tui.troubles import last_words, newest_error
from cpsl_dev.tui.turn_view import TurnViews
from cpsl_dev.tui.widgets.error_banner import Trouble
from tests.screens import make_event

TROUBLE = Trouble(
    error=ErrorRecord(type="SyntaxError", message="no", file="app.py", line=3, text="x = (")
)
ERROR = {"type": "KeyError", "message": "'x'", "traceback": "Traceback of it"}


def failed(*numbers: int) -> TurnViews:
    turns = TurnViews()
    for number in numbers:
        turns.apply(make_event("turn.failed", turn=number, error=ERROR))
    return turns


def test_save_that_cannot_run_comes_first() -> None:
    assert newest_error(TROUBLE, failed(1)) == (
        "SyntaxError in the newest save",
        "app.py:3\nx = (\n\nSyntaxError: no",
    )


def test_newest_turn_that_failed_or_the_one_that_is_asked_for() -> None:
    turns = failed(1, 4)

    assert newest_error(None, turns) == ("KeyError in turn 4", "Traceback of it")
    assert newest_error(TROUBLE, turns, 1) == ("KeyError in turn 1", "Traceback of it")
    assert newest_error(None, turns, 2) is None
    assert newest_error(None, TurnViews()) is None


def test_last_words_name_files_without_the_folder() -> None:
    failure = {**ERROR, "file": "/project/app.py", "line": 7}

    assert last_words(TROUBLE, failure, "/project") == [
        "The newest save cannot run: app.py:3  SyntaxError: no"
    ]
    assert last_words(None, failure, "/project") == [
        "The last failed turn: app.py:7  KeyError: 'x'"
    ]
    assert last_words(None, None, "/project") == []
