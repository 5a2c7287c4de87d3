"""Capturing what the app prints and logs, with the session and the turn it belongs to.

What bypasses Python (C libraries, subprocesses, `os.write`) reaches the supervisor through the
pipes that are descriptors 1 and 2; it carries no session.
"""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from typing import TextIO

from cpsl_dev.worker.reporter import Reporter

# True while handlers of the logging module run: their line is told as `log.recorded` already.
_in_logging: ContextVar[bool] = ContextVar("cpsl_in_logging", default=False)
# The session and the turn that the running code belongs to; threads and tasks inherit it.
current_turn: ContextVar[tuple[str | None, int | None]] = ContextVar(
    "cpsl_current_turn", default=(None, None)
)

_FOR_DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)


def capture_output(reporter: Reporter) -> None:
    """Send what goes through `sys.stdout` and `sys.stderr` to the reporter."""
    sys.stdout = _stream("stdout", 1, reporter)
    sys.stderr = _stream("stderr", 2, reporter)
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]


def capture_logging(reporter: Reporter) -> None:
    """Tell every record that a logger passes on, whatever handlers the app has or lacks.

    A handler on the root logger would keep `logging.basicConfig` from doing its work, so the
    records are taken one step earlier.
    """
    usual = logging.Logger.callHandlers

    def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        session_id, turn = current_turn.get()
        reporter.tell(
            "log.recorded",
            level=record.levelname,
            logger=record.name,
            text=_text_of(record),
            session_id=session_id,
            turn=turn,
        )
        token = _in_logging.set(True)
        try:
            usual(logger, record)
        finally:
            _in_logging.reset(token)

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign,assignment]


def capture_warnings(is_source: Callable[[str], bool], said: list[str]) -> None:
    """Show the warnings that the app's own files cause, and collect them in `said`."""
    if not sys.warnoptions:
        for category in (DeprecationWarning, PendingDeprecationWarning):
            warnings.simplefilter("default", category)

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        own = is_source(filename)
        if issubclass(category, _FOR_DEVELOPERS) and not own:
            return
        if own:
            said.append(f"{filename}:{lineno}: {category.__name__}: {message}")
        text = warnings.formatwarning(message, category, filename, lineno, line)
        (file or sys.stderr).write(text)

    warnings.showwarning = show


def _stream(name: str, descriptor: int, reporter: Reporter) -> io.TextIOWrapper:
    raw = _Raw(name, descriptor, reporter)
    return io.TextIOWrapper(
        raw,
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
        write_through=True,
    )


class _Raw(io.RawIOBase):
    """The bytes of a stream, told as text."""

    def __init__(self, name: str, descriptor: int, reporter: Reporter) -> None:
        self.name = f"<{name}>"
        self._stream = name
        self._descriptor = descriptor
        self._reporter = reporter

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def fileno(self) -> int:
        """Return the real descriptor, for a subprocess that is given this stream."""
        return self._descriptor

    def write(self, data: object) -> int:
        """Tell what is written."""
        text = bytes(data).decode("utf-8", "replace")  # type: ignore[call-overload]
        if not _in_logging.get():
            self._reporter.write((self._stream, *current_turn.get()), text)
        return len(data)  # type: ignore[arg-type]


def _text_of(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception as error:  # noqa: BLE001 - the app's own arguments; logging shows its own report
        text = f"{record.msg!r} cannot be formatted: {error}"
    if record.exc_info and record.exc_info[0] is not None:
        text += "\n" + logging.Formatter().formatException(record.exc_info)
    return text
