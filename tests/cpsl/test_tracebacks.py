from __future__ import annotations

import importlib
import linecache
import os
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cpsl.exceptions import DeclarationError
from cpsl.records import ErrorRecord
from cpsl.session import Session, SessionChannel, UserInfo
from cpsl.tracebacks import MESSAGE_LIMIT, TRACEBACK_LIMIT, describe_exception


class App:
    """Files of an app, and what running them raises."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, source: str, name: str = "app.py") -> str:
        path = self.folder / name
        path.write_text(textwrap.dedent(source))
        return str(path)

    def run(self, source: str, name: str = "app.py", **names: Any) -> dict[str, Any]:
        path = self.write(source, name)
        module: dict[str, Any] = {"__name__": name, **names}
        exec(compile(Path(path).read_text(), path, "exec"), module)
        return module

    def is_user_file(self, file: str) -> bool:
        return file.startswith(str(self.folder))

    def describe(self, action: Callable[[], Any]) -> ErrorRecord:
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - the errors are the subject
            action()
        return describe_exception(caught.value, self.is_user_file)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    yield App(tmp_path)
    linecache.clearcache()


def test_error_is_placed_at_the_innermost_line_of_the_user(app: App) -> None:
    module = app.run("""\
        import json

        def inner(text):
            return json.loads(text)

        def handler():
            inner("{")
        """)

    record = app.describe(module["handler"])

    assert record.type == "JSONDecodeError"
    assert record.message.startswith("Expecting property name")
    assert record.file == str(app.folder / "app.py")
    assert record.line == 4
    assert record.text == "return json.loads(text)"


def test_traceback_starts_at_the_user(app: App) -> None:
    module = app.run("""\
        def handler():
            raise ValueError("bad")
        """)

    record = app.describe(module["handler"])

    assert record.traceback.splitlines() == [
        "Traceback (most recent call last):",
        f'  File "{app.folder / "app.py"}", line 2, in handler',
        '    raise ValueError("bad")',
        "ValueError: bad",
    ]


def test_frames_of_this_package_are_left_out(app: App) -> None:
    session = Session("s1", UserInfo("dev"), SessionChannel("chat"))
    module = app.run(
        """\
        def handler():
            session.terminal("")
        """,
        session=session,
    )

    record = app.describe(module["handler"])

    assert record.text == 'session.terminal("")'
    assert "session.py" not in record.traceback
    assert record.traceback.endswith("ValueError: a terminal needs a name")


def test_frames_of_other_packages_stay(app: App) -> None:
    module = app.run("""\
        import json

        def handler():
            json.loads("{")
        """)

    record = app.describe(module["handler"])

    assert "decoder.py" in record.traceback


def test_line_is_shown_as_it_ran(app: App) -> None:
    path = app.write("")
    source = "def handler():\n    raise ValueError('old')\n"
    module: dict[str, Any] = {}
    exec(compile(source, path, "exec"), module)
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)

    record = app.describe(module["handler"])

    assert record.text == "raise ValueError('old')"
    assert "raise ValueError('old')" in record.traceback


def test_cause_has_the_place_when_the_error_itself_has_none(app: App) -> None:
    module = app.run("""\
        def handler():
            raise KeyError("inside")
        """)

    def outer() -> None:
        try:
            module["handler"]()
        except KeyError as error:
            error.with_traceback(error.__traceback__)
            raise RuntimeError("outside") from error

    record = app.describe(outer)

    assert record.type == "RuntimeError"
    assert record.line == 2
    assert "KeyError: 'inside'" in record.traceback
    assert "direct cause" in record.traceback


def test_context_that_was_suppressed_gives_no_place(app: App) -> None:
    module = app.run("def handler(): raise KeyError('inside')")

    def outer() -> None:
        try:
            module["handler"]()
        except KeyError:
            raise RuntimeError("outside") from None

    record = app.describe(outer)

    assert (record.file, record.line, record.text) == (None, None, None)


def test_group_is_placed_at_one_of_its_errors(app: App) -> None:
    module = app.run("""\
        def handler():
            raise ValueError("one")
        """)

    def outer() -> None:
        errors = []
        try:
            module["handler"]()
        except ValueError as error:
            errors.append(error)
        raise ExceptionGroup("several", errors)

    record = app.describe(outer)

    assert record.type == "ExceptionGroup"
    assert record.line == 2
    assert "ValueError: one" in record.traceback


def test_circle_of_causes_ends(app: App) -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    record = describe_exception(first, app.is_user_file)

    assert record.file is None
    assert "ValueError: first" in record.traceback


def test_syntax_error_is_placed_where_it_is_and_marked(app: App) -> None:
    path = app.write("def f():\n    return 1 +* 2\n")

    record = app.describe(lambda: compile(Path(path).read_text(), path, "exec"))

    assert record.type == "SyntaxError"
    assert (record.file, record.line) == (path, 2)
    assert record.text == "return 1 +* 2\n          ^"


def test_how_a_module_is_imported_is_no_part_of_its_syntax_error(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.write("x = (\n", "broken_save.py")
    monkeypatch.syspath_prepend(str(app.folder))

    record = app.describe(lambda: importlib.import_module("broken_save"))

    assert importlib.__file__ not in record.traceback
    assert record.traceback.endswith("SyntaxError: '(' was never closed")


def test_syntax_error_without_a_column_shows_the_line(app: App) -> None:
    path = app.write("")
    error = SyntaxError("bad", (path, 3, None, "  x = \n"))

    record = describe_exception(error, app.is_user_file)

    assert (record.line, record.text) == (3, "x =")


def test_syntax_error_without_text_has_none(app: App) -> None:
    error = SyntaxError("bad", (app.write(""), 3, 1, None))

    assert describe_exception(error, app.is_user_file).text is None


def test_syntax_error_in_evaluated_text_is_placed_at_the_line_that_evaluates(app: App) -> None:
    module = app.run("""\
        def handler():
            eval("1 +")
        """)

    record = app.describe(module["handler"])

    assert record.type == "SyntaxError"
    assert record.text == 'eval("1 +")'


def test_bad_declaration_is_placed_where_it_stands(app: App) -> None:
    path = app.write("x = 1\n@app.message()\ndef wrong(): ...\n")
    error = DeclarationError("wrong", file=path, line=3)

    record = describe_exception(error, app.is_user_file)

    assert (record.file, record.line, record.text) == (path, 3, "def wrong(): ...")


def test_error_outside_of_the_app_has_no_place(app: App) -> None:
    record = app.describe(lambda: int("x"))

    assert (record.file, record.line, record.text) == (None, None, None)
    assert record.traceback.endswith("ValueError: invalid literal for int() with base 10: 'x'")


def test_error_that_was_never_raised_can_be_described(app: App) -> None:
    assert describe_exception(ValueError("x"), app.is_user_file) == ErrorRecord(
        type="ValueError", message="x", traceback="ValueError: x"
    )


def test_exit_of_the_process_is_an_error_like_others(app: App) -> None:
    module = app.run("import sys\ndef handler(): sys.exit(3)\n")

    record = app.describe(module["handler"])

    assert (record.type, record.message, record.line) == ("SystemExit", "3", 2)


def test_text_that_raises_is_replaced(app: App) -> None:
    class Sick(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    record = describe_exception(Sick(), app.is_user_file)

    assert record.message == "<the text of this Sick cannot be had>"


def test_text_that_cannot_be_stored_is_cleaned(app: App) -> None:
    record = describe_exception(ValueError("a\ud800\0"), app.is_user_file)

    assert record.message == "a\ufffd\ufffd"
    assert "\0" not in record.traceback
    assert record.traceback.isprintable() is False or record.traceback.encode()


def test_long_texts_are_cut_in_the_middle(app: App) -> None:
    record = describe_exception(ValueError("a" * 300_000 + "end"), app.is_user_file)

    assert len(record.message) < MESSAGE_LIMIT + 100
    assert record.message.endswith("end")
    assert "280003 characters left out" in record.message
    assert len(record.traceback) < TRACEBACK_LIMIT + 100


def test_deep_recursion_is_described_briefly(app: App) -> None:
    module = app.run("def handler():\n    handler()\n")

    record = app.describe(module["handler"])

    assert record.type == "RecursionError"
    assert record.line == 2
    assert "more times" in record.traceback
    assert len(record.traceback.splitlines()) < 30


def test_relative_file_is_made_absolute(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(app.folder)
    module: dict[str, Any] = {}
    exec(compile("def handler(): raise ValueError", "app.py", "exec"), module)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - it has no text
        module["handler"]()
    record = describe_exception(caught.value, lambda file: file == "app.py")

    assert record.file == os.path.join(app.folder, "app.py")


def test_the_message_of_a_syntax_error_does_not_repeat_its_place() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("x = (\n", "app.py", "exec")

    record = describe_exception(caught.value, lambda _: True)

    assert record.message == "'(' was never closed"
