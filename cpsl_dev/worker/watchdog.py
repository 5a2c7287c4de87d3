"""Noticing that the event loop is stuck, and where, and that it goes on."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable

from cpsl_dev.worker.reporter import Reporter

_STUCK_SECONDS = 0.5


class Watchdog:
    """Asks the loop for a sign of life, from another thread, and tells once when none comes.

    When the loop answers at last, that is told, too.

    Args:
        loop: The loop to watch; it runs in the main thread.
        is_source: Which files are the app's, to name the line that matters.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        reporter: Reporter,
        is_source: Callable[[str], bool],
    ) -> None:
        self._loop = loop
        self._reporter = reporter
        self._is_source = is_source
        self._asked: float | None = None
        self._told = False
        # It must not be told that the loop goes on before it is told that it is stuck.
        self._telling = threading.Lock()

    def check(self) -> None:
        """Look once; call this every fraction of the time that counts as stuck."""
        now = time.monotonic()
        if self._asked is None:
            self._asked = now
            self._told = False
            try:
                self._loop.call_soon_threadsafe(self._answer)
            except RuntimeError:
                # The loop is closed: the process is about to end.
                return
        elif not self._told and now - self._asked > _STUCK_SECONDS:
            self._tell(now)

    def forget(self) -> None:
        """Begin anew: the loop stands still because somebody has stopped it on purpose."""
        self._answer()

    def _answer(self) -> None:
        with self._telling:
            asked, self._asked = self._asked, None
            if self._told and asked is not None:
                self._told = False
                seconds = round(time.monotonic() - asked, 3)
                self._reporter.tell("worker.unblocked", seconds=seconds)

    def _tell(self, now: float) -> None:
        with self._telling:
            # It may have answered at the last moment.
            if self._asked is not None:
                self._told = True
                self._tell_where(now - self._asked)

    def _tell_where(self, seconds: float) -> None:
        main = threading.main_thread().ident
        frame = sys._current_frames().get(main or 0)  # noqa: SLF001 - the documented way to see it
        if frame is None:
            return
        stack = traceback.extract_stack(frame)
        own = [entry for entry in stack if self._is_source(entry.filename)]
        place = own[-1] if own else stack[-1]
        first = stack.index(own[0]) if own else 0
        self._reporter.tell(
            "worker.blocked",
            file=place.filename,
            line=place.lineno,
            text=place.line,
            stack="".join(traceback.format_list(stack[first:])),
            seconds=round(seconds, 3),
        )
