"""Tests of describing why the code cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.records import JsonObject
from cpsl_dev.config import Entry
from cpsl_dev.load_error import describe_load_error

FOLDER = Path("/project")
ENTRY = Entry(text="app.py", folder=FOLDER, file=FOLDER / "app.py", module="app")


def facts(kind: str, message: str, file: str | None = None) -> JsonObject:
    error = {
        "type": kind,
        "message": message,
        "file": file,
        "line": 3,
        "text": "x",
        "traceback": "",
    }
    return {"phase": "import", "error": error}


def test_files_are_named_as_people_see_them() -> None:
    inside = describe_load_error(facts("ValueError", "no", "/project/a/b.py"), ENTRY, [])
    outside = describe_load_error(facts("ValueError", "no", "/lib/b.py"), ENTRY, [])
    nowhere = describe_load_error(facts("TimeoutError", "no"), ENTRY, [])

    assert (inside.file, outside.file, nowhere.file) == ("a/b.py", "/lib/b.py", "app.py")


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ([], "No module named 'helper'"),
        (["/project/helper.py"], "No module named 'helper' (helper.py is missing)"),
        (
            ["/project/a.py", "/lib/b.py"],
            "No module named 'helper' (a.py and /lib/b.py are missing)",
        ),
    ],
)
def test_files_that_are_gone_are_named(gone: list[str], said: str) -> None:
    told = facts("ModuleNotFoundError", "No module named 'helper'")

    assert describe_load_error(told, ENTRY, gone).message == said


@pytest.mark.parametrize(
    ("message", "said"),
    [("", "the module called sys.exit"), ("2", "the module called sys.exit: 2")],
)
def test_an_exit_is_told_as_one(message: str, said: str) -> None:
    assert describe_load_error(facts("SystemExit", message), ENTRY, []).message == said


def test_every_field_is_shown() -> None:
    error = describe_load_error(facts("ValueError", "no", "/project/a.py"), ENTRY, [])

    assert error.to_json() == {
        "phase": "import",
        "type": "ValueError",
        "message": "no",
        "file": "a.py",
        "line": 3,
        "text": "x",
        "traceback": "",
    }
