"""Tests of capturing what the app prints, logs and warns of."""

# ruff: noqa: T201 - printing is what is tested

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import pytest

from cpsl_dev.worker import output
from cpsl_dev.worker.output import (
    capture_logging,
    capture_output,
    capture_warnings,
    current_turn,
)


class Notes:
    """A reporter that notes what it is told."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str | None, int | None, str]] = []
        self.told: list[dict[str, Any]] = []

    def write(self, origin: tuple[str, str | None, int | None], text: str) -> None:
        self.written.append((*origin, text))

    def tell(self, kind: str, **fields: Any) -> None:
        self.told.append({"kind": kind, **fields})

    def text(self, stream: str) -> str:
        return "".join(text for name, _, _, text in self.written if name == stream)


@contextmanager
def captured() -> Iterator[Notes]:
    """Capture into notes; everything is as it was afterwards.

    Not a fixture: pytest puts streams of its own in place between the two.
    """
    noted: Any = Notes()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
            patch.setattr(sys, name, getattr(sys, name))
        patch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
        capture_output(noted)
        capture_logging(noted)
        yield noted


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger that passes everything on, without a handler of its own."""
    found = logging.getLogger("an.app")
    found.setLevel(logging.DEBUG)
    yield found
    found.handlers.clear()
    found.setLevel(logging.NOTSET)


def test_both_streams_are_told_apart() -> None:
    with captured() as notes:
        print("out")
        print("err", file=sys.stderr)
        sys.__stdout__.write("again\n")  # type: ignore[union-attr]

    assert notes.text("stdout") == "out\nagain\n"
    assert notes.text("stderr") == "err\n"


def test_text_without_an_end_of_line_is_told_too() -> None:
    with captured() as notes:
        print("Loading", end="")
        print(".", end="", flush=True)

    assert notes.text("stdout") == "Loading."


@pytest.mark.parametrize("text", ["ü 👩‍👩‍👧", "a\0b", "\x1b[31mred\x1b[0m", "x" * 100_000])
def test_text_arrives_as_it_was_printed(text: str) -> None:
    with captured() as notes:
        print(text)

    assert notes.text("stdout") == f"{text}\n"


def test_text_that_is_no_unicode_is_shown_escaped() -> None:
    with captured() as notes:
        print("a\ud800b")

    assert notes.text("stdout") == "a\\ud800b\n"


def test_bytes_can_be_written_as_well() -> None:
    with captured() as notes:
        sys.stdout.buffer.write(b"raw \xff\n")

    assert notes.text("stdout") == "raw \ufffd\n"


def test_output_belongs_to_the_turn_that_runs() -> None:
    def in_turn() -> None:
        current_turn.set(("s", 4))
        print("inside")

    with captured() as notes:
        copy_context().run(in_turn)
        print("outside")

    origins = {text: (session, turn) for _, session, turn, text in notes.written if text.strip()}
    assert origins == {"inside": ("s", 4), "outside": (None, None)}


async def test_tasks_belong_to_the_turn_that_started_them() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        print("in a task")

    with captured() as notes:
        token = current_turn.set(("s", 4))
        task = asyncio.ensure_future(work())
        current_turn.reset(token)
        await task

    assert notes.written[0][:3] == ("stdout", "s", 4)


def test_the_streams_have_the_real_descriptors() -> None:
    with captured():
        assert (sys.stdout.fileno(), sys.stderr.fileno()) == (1, 2)
        assert not sys.stdout.isatty()
        assert subprocess.run(["true"], stdout=sys.stdout, check=False).returncode == 0


def test_a_log_record_is_told_with_its_level_and_its_logger(logger: logging.Logger) -> None:
    with captured() as notes:
        logger.info("said %s", "hello")
        logger.debug("detail")

    assert notes.told[0] == {
        "kind": "log.recorded",
        "level": "INFO",
        "logger": "an.app",
        "text": "said hello",
        "session_id": None,
        "turn": None,
    }
    assert [event["level"] for event in notes.told] == ["INFO", "DEBUG"]


def test_a_record_below_the_level_of_its_logger_is_not_told(logger: logging.Logger) -> None:
    with captured() as notes:
        logger.setLevel(logging.WARNING)

        logger.info("quiet")

    assert notes.told == []


def test_what_a_handler_prints_of_a_record_is_not_told_again(logger: logging.Logger) -> None:
    with captured() as notes:
        logger.addHandler(logging.StreamHandler())

        logger.warning("once")
        print("and this")

    assert [event["text"] for event in notes.told] == ["once"]
    assert notes.text("stderr") == ""
    assert notes.text("stdout") == "and this\n"


def test_handlers_of_the_apps_own_still_get_the_record(logger: logging.Logger) -> None:
    records: list[str] = []

    class Own(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record.getMessage())

    logger.addHandler(Own())
    with captured():
        logger.warning("mine")

    assert records == ["mine"]


def test_an_exception_is_told_with_its_traceback(logger: logging.Logger) -> None:
    with captured() as notes:
        try:
            raise ValueError("why")
        except ValueError:
            logger.exception("it failed")

    text = notes.told[0]["text"]
    assert text.startswith("it failed\nTraceback (most recent call last):\n")
    assert text.endswith("ValueError: why")


def test_a_record_that_cannot_be_formatted_is_told_all_the_same(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with captured() as notes:
        monkeypatch.setattr(logging, "raiseExceptions", False)

        logger.error("%d apples", "three")

    assert notes.told[0]["text"].startswith("'%d apples' cannot be formatted: ")


def test_a_record_of_a_thread_belongs_to_no_turn(logger: logging.Logger) -> None:
    with captured() as notes:
        thread = threading.Thread(target=logger.warning, args=("from a thread",))
        thread.start()
        thread.join()

    assert notes.told[0]["session_id"] is None


def show(message: str, category: type[Warning], file: str, line: int = 7) -> None:
    warnings.showwarning(category(message), category, file, line)


def test_warnings_of_the_apps_own_files_are_shown_and_collected() -> None:
    said: list[str] = []
    with captured() as notes:
        capture_warnings(lambda file: file == "/p/app.py", said)

        show("old", DeprecationWarning, "/p/app.py")
        show("odd", UserWarning, "/p/app.py")

    assert said == [
        "/p/app.py:7: DeprecationWarning: old",
        "/p/app.py:7: UserWarning: odd",
    ]
    assert "DeprecationWarning: old" in notes.text("stderr")


def test_warnings_for_the_developers_of_libraries_are_not_shown() -> None:
    said: list[str] = []
    with captured() as notes:
        capture_warnings(lambda file: file == "/p/app.py", said)

        show("old", DeprecationWarning, "/lib/library.py")
        show("careful", UserWarning, "/lib/library.py")

    assert said == []
    assert "old" not in notes.text("stderr")
    assert "UserWarning: careful" in notes.text("stderr")


@pytest.mark.parametrize(("options", "is_shown"), [([], True), (["ignore"], False)])
def test_deprecations_are_shown_unless_the_developer_decided_otherwise(
    options: list[str], is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "warnoptions", options)
    with captured():
        warnings.resetwarnings()
        capture_warnings(lambda file: True, [])
        filters = {(item[0], item[2]) for item in warnings.filters}

    assert (("default", DeprecationWarning) in filters) is is_shown


def test_nothing_of_this_is_left_after_a_test() -> None:
    assert "output" not in type(sys.stdout).__module__
    assert logging.Logger.callHandlers.__module__ == "logging"
    assert output.current_turn.get() == (None, None)
