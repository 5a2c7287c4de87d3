"""Ending by a signal: the exit code says which, and the end does not take for ever."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

_CAUGHT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIMIT_SECONDS = 2.8


class Signals:
    """A context in which SIGINT, SIGTERM and SIGHUP ask for a clean end.

    Args:
        last_resort: Called, in another thread, when the end takes longer than the limit; the
            process is gone after that.
    """

    def __init__(self, last_resort: Callable[[], None]) -> None:
        self.exit_code: int | None = None
        self.on_stop: Callable[[int], None] | None = None
        self._last_resort = last_resort
        self._before: dict[int, object] = {}
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Signals:
        for number in _CAUGHT:
            self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _take(self, number: int, frame: FrameType | None) -> None:
        first = self.exit_code is None
        self.exit_code = 128 + number
        if first:
            self._timer = threading.Timer(LIMIT_SECONDS, self._give_up)
            self._timer.daemon = True
            self._timer.start()
        if self.on_stop is None:
            # The screen is not up yet: whatever is being done is left at once.
            raise SystemExit(self.exit_code)
        self.on_stop(self.exit_code)

    def _give_up(self) -> None:
        self._last_resort()
        os._exit(self.exit_code or 1)
