"""Describe an exception of the app: where in the user's files it arose, and how it got there."""

from __future__ import annotations

import importlib
import linecache
import os
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType

from cpsl.exceptions import DeclarationError
from cpsl.json_values import clean_text
from cpsl.records import ErrorRecord

MESSAGE_LIMIT = 20_000
TRACEBACK_LIMIT = 200_000

IsUserFile = Callable[[str], bool]

# Frames of these are how the app was called, not what it did.
_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
_OWN_FRAMES = (
    _OWN_FOLDER + os.sep,
    f"{_OWN_FOLDER}_dev{os.sep}",
    "<frozen importlib",
    os.path.dirname(importlib.__file__) + os.sep,
)


def describe_exception(exc: BaseException, is_user_file: IsUserFile) -> ErrorRecord:
    """Return what is shown and stored of an exception.

    Args:
        exc: The exception, with its traceback.
        is_user_file: Tells whether a file, as code objects name it, belongs to the app.
    """
    file, line, text = _place_of(exc, is_user_file)
    return ErrorRecord(
        type=type(exc).__name__,
        message=_shorten(_message_of(exc), MESSAGE_LIMIT),
        file=file,
        line=line,
        text=text,
        traceback=_shorten(_format(exc, is_user_file), TRACEBACK_LIMIT),
    )


def _place_of(
    exc: BaseException, is_user_file: IsUserFile
) -> tuple[str | None, int | None, str | None]:
    for place in (_place_told_by(exc, is_user_file), _place_of_frames(exc, is_user_file)):
        if place is not None:
            return place
    return None, None, None


def _place_told_by(
    exc: BaseException, is_user_file: IsUserFile
) -> tuple[str, int | None, str | None] | None:
    """Return the place that the exception itself names, as a `SyntaxError` does."""
    if isinstance(exc, SyntaxError):
        if exc.filename is None or not is_user_file(exc.filename):
            return None
        return os.path.abspath(exc.filename), exc.lineno, _text_with_caret(exc)
    if isinstance(exc, DeclarationError) and exc.file is not None and is_user_file(exc.file):
        text = _source_line(exc.file, exc.line) if exc.line else None
        return os.path.abspath(exc.file), exc.line, text
    return None


def _text_with_caret(exc: SyntaxError) -> str | None:
    if not exc.text:
        return None
    line = exc.text.rstrip()
    text = line.lstrip()
    column = (exc.offset or 0) - 1 - (len(line) - len(text))
    if not 0 <= column <= len(text):
        return clean_text(text)
    return clean_text(f"{text}\n{' ' * column}^")


def _place_of_frames(
    exc: BaseException, is_user_file: IsUserFile
) -> tuple[str, int, str | None] | None:
    """Return the innermost line of the user's, in this exception or in what it came from."""
    for related in _related(exc):
        found = None
        for frame, line in traceback.walk_tb(related.__traceback__):
            if is_user_file(frame.f_code.co_filename):
                found = frame, line
        if found is not None:
            frame, line = found
            file = frame.f_code.co_filename
            return os.path.abspath(file), line, _source_line(file, line, frame.f_globals)
    return None


def _related(exc: BaseException) -> Iterator[BaseException]:
    """Yield an exception, and then those that it stands for or came from, nearest first."""
    waiting: list[BaseException] = [exc]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        origin = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
        if origin is not None:
            waiting.append(origin)


def _source_line(file: str, line: int, module: dict[str, object] | None = None) -> str | None:
    # The line as it ran: linecache is not asked whether the file changed since.
    return clean_text(linecache.getline(file, line, module).strip()) or None


def _format(exc: BaseException, is_user_file: IsUserFile) -> str:
    formatted = traceback.TracebackException(
        type(exc), exc, _from_user_frame(exc.__traceback__, is_user_file)
    )
    _drop_own_frames(formatted, is_user_file, set())
    return clean_text("".join(formatted.format())).rstrip()


def _from_user_frame(trace: TracebackType | None, is_user_file: IsUserFile) -> TracebackType | None:
    start = trace
    while start is not None and not is_user_file(start.tb_frame.f_code.co_filename):
        start = start.tb_next
    return start or trace


def _drop_own_frames(
    formatted: traceback.TracebackException, is_user_file: IsUserFile, seen: set[int]
) -> None:
    if id(formatted) in seen:
        return
    seen.add(id(formatted))
    frames = list(formatted.stack)
    first = next((i for i, frame in enumerate(frames) if is_user_file(frame.filename)), 0)
    formatted.stack[:] = [
        frame
        for frame in frames[first:]
        if is_user_file(frame.filename) or not frame.filename.startswith(_OWN_FRAMES)
    ]
    related = [formatted.__cause__, formatted.__context__, *(formatted.exceptions or ())]
    for other in related:
        if other is not None:
            _drop_own_frames(other, is_user_file, seen)


def _message_of(exc: BaseException) -> str:
    # The text of a syntax error repeats its file and line, which have fields of their own.
    said = exc.msg if isinstance(exc, SyntaxError) and exc.lineno is not None else exc
    try:
        return clean_text(str(said))
    except Exception:  # noqa: BLE001 - the app's own __str__; reporting its error must not fail
        return f"<the text of this {type(exc).__name__} cannot be had>"


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
