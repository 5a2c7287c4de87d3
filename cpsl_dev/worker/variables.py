"""Environment variables that the app sets itself, often before it imports what reads them.

A standby has imported the app's libraries before the app could set anything. So it is given what
the last generation set; and where the new one sets something else, it begins again without one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType


class Variables:
    """Knows what libraries were imported with, and what the app has set since."""

    def __init__(self) -> None:
        # None: a variable that was taken away.
        self.set: dict[str, str | None] = {}
        self._warmed: dict[str, str | None] | None = None
        self._ignored: frozenset[str] = frozenset()

    @contextmanager
    def warming(
        self, variables: Mapping[str, str | None], ignored: Iterable[str]
    ) -> Iterator[None]:
        """Have these variables for a while, as the app will have them when it imports.

        Args:
            variables: What the last generation had set.
            ignored: Variables that are another each time, so that nothing can be told from them.
        """
        self._warmed, self._ignored = dict(variables), frozenset(ignored)
        before = {name: os.environ.get(name) for name in variables}
        _put(variables)
        try:
            yield
        finally:
            # What a library has set meanwhile is its own, and stays.
            _put({
                name: value
                for name, value in before.items()
                if os.environ.get(name) == variables[name]
            })  # fmt: skip

    @contextmanager
    def recording(self, is_source: Callable[[str], bool]) -> Iterator[None]:
        """Note what the app sets.

        Args:
            is_source: Which files are the app's.
        """
        put, unset = os.putenv, os.unsetenv

        def note_put(name: bytes, value: bytes) -> None:
            put(name, value)
            if _is_of_app(sys._getframe(1), is_source):  # noqa: SLF001 - documented
                self.set[os.fsdecode(name)] = os.fsdecode(value)

        def note_unset(name: bytes) -> None:
            unset(name)
            if _is_of_app(sys._getframe(1), is_source):  # noqa: SLF001 - documented
                self.set[os.fsdecode(name)] = None

        # `os.environ` goes through these two.
        os.putenv, os.unsetenv = note_put, note_unset  # type: ignore[assignment]
        try:
            yield
        finally:
            os.putenv, os.unsetenv = put, unset

    def differing(self) -> list[str]:
        """Return the variables that the libraries of this worker may have read otherwise."""
        if self._warmed is None:
            return []
        missing = object()
        return sorted(
            name
            for name in (self.set.keys() | self._warmed.keys()) - self._ignored
            if self.set.get(name, missing) != self._warmed.get(name, missing)
        )


def _put(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _is_of_app(frame: FrameType | None, is_source: Callable[[str], bool]) -> bool:
    """Tell whether the app's own code is what runs, and not the import of a library."""
    while frame is not None:
        file = frame.f_code.co_filename
        if is_source(file):
            return True
        if file.startswith("<frozen importlib"):
            return False
        frame = frame.f_back
    return False
