"""Pseudo-terminals for tests: keys go in, and what comes out is read."""

from __future__ import annotations

import os
import select
import time
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 15.0


class NearSide:
    """The side of a pseudo-terminal where a developer sits. A context manager that closes it.

    Args:
        descriptor: One that is there already; a new pair is made without it.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._far: int | None = None
        self.path = ""
        if descriptor is None:
            descriptor, self._far = os.openpty()
            self.path = os.ttyname(self._far)
        self.descriptor: int | None = descriptor
        self._rest = ""

    @property
    def far(self) -> int:
        """The other side."""
        assert self._far is not None
        return self._far

    def press(self, keys: str) -> None:
        """Press keys."""
        assert self.descriptor is not None
        os.write(self.descriptor, keys.encode())

    def until(self, text: str) -> str:
        """Return what is shown up to some text, waiting until it is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self._rest:
            assert time.monotonic() < deadline, f"{text!r} does not come: {self._rest!r}"
            data = self._read()
            assert data is not None, f"it ended before {text!r}: {self._rest!r}"
            self._rest += data
        shown, _, self._rest = self._rest.partition(text)
        return shown + text

    def is_over(self) -> bool:
        """Tell whether nobody holds the other side any more, waiting a moment for that."""
        self._close_far()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._read() is None:
                return True
        return False

    def close(self) -> None:
        """Leave."""
        self._close_far()
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> str | None:
        assert self.descriptor is not None
        if not select.select([self.descriptor], [], [], 0.1)[0]:
            return ""
        try:
            return os.read(self.descriptor, 65_536).decode("utf-8", "replace") or None
        except OSError:
            return None

    def _close_far(self) -> None:
        if self._far is not None:
            os.close(self._far)
            self._far = None
