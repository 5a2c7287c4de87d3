"""What the operating system says of a set of folders, for as long as it can say anything.

Its word is only a hint to look. Where it cannot be had (no watches are left, a file system
without events) or stops, that is said, and the watcher's poll goes on alone until it is back.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal

from watchfiles import watch

logger = logging.getLogger(__name__)

# The time to notice is one to two steps; the group only bounds what a busy folder can add.
_STEP_MS = 1
_GROUP_MS = 24
_ALIVE_MS = 1_000
_RETRY_SECONDS = 30.0
# A watch that breaks this often in this time is given up for a while.
_MOST_BREAKS, _BREAKS_SECONDS = 5, 10.0
_MISSING_SECONDS = 0.2
_BURST_SECONDS = 0.1
# The new watch is up long before the old one ends: nothing falls between the two.
_OVERLAP_SECONDS = 0.2
_END_SECONDS = 1.0

_POLLED = "Files are polled, as they cannot be watched:"
_NOT_UTF_8 = (
    "A file whose name is not UTF-8 is in one of the app's folders. "
    "It is not watched, and no import can find it."
)


class Notices:
    """Listens to folders, without those below them, in a thread of its own.

    Args:
        tell: Called on the loop that called `listen`, with the paths that something happened to;
            with none when anything may have happened unheard.
        native: False never listens.
    """

    def __init__(self, tell: Callable[[Iterable[str]], None], *, native: bool = True) -> None:
        self.mode: Literal["native", "polling"] = "native" if native else "polling"
        self.warnings: list[str] = []
        self._tell = tell
        self._is_native = native
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = threading.Event()
        self._threads: dict[threading.Thread, threading.Event] = {}

    def listen(self, roots: Iterable[str]) -> None:
        """Listen to these folders from now on, and to no others."""
        self._loop = asyncio.get_running_loop()
        before, self._stopped = self._stopped, threading.Event()
        if self._is_native:
            thread = threading.Thread(
                target=self._run, args=(list(roots), self._stopped), name="cpsl-watch", daemon=True
            )
            thread.start()
            self._threads = {old: end for old, end in self._threads.items() if old.is_alive()}
            self._threads[thread] = self._stopped
        self._loop.call_later(_OVERLAP_SECONDS, before.set)

    def stop(self) -> None:
        """Listen to nothing, and wait the few milliseconds until that is so.

        A thread that is inside of watchfiles while the interpreter ends would abort the process.
        """
        self._stopped.set()
        for stopped in self._threads.values():
            stopped.set()
        for thread in self._threads:
            thread.join(_END_SECONDS)
        self._threads.clear()

    # What follows runs in the thread.

    def _run(self, roots: list[str], stopped: threading.Event) -> None:
        breaks: deque[float] = deque(maxlen=_MOST_BREAKS)
        while not stopped.is_set():
            try:
                self._listen(roots, stopped)
            except FileNotFoundError:
                # A folder went between the look and the watch.
                stopped.wait(_MISSING_SECONDS)
            except Exception as error:  # noqa: BLE001 - watchfiles has no public class of its own
                breaks.append(time.monotonic())
                self._break(str(error), stopped, is_often=_is_often(breaks))

    def _listen(self, roots: list[str], stopped: threading.Event) -> None:
        # What may not be read is left to the poll.
        there = [root for root in roots if os.path.isdir(root) and os.access(root, os.R_OK)]
        if not there:
            stopped.wait(_MISSING_SECONDS)
            return
        changes = watch(
            *there,
            watch_filter=None,
            debounce=_GROUP_MS,
            step=_STEP_MS,
            stop_event=stopped,
            recursive=False,
            # True would hide that there are no watches left.
            ignore_permission_denied=False,
            yield_on_timeout=True,
            rust_timeout=_ALIVE_MS,
        )
        for found in changes:
            if self.mode == "polling":
                self._post(stopped, self._recover)
            if found:
                self._post(stopped, self._tell, {path for _, path in found})

    def _break(self, message: str, stopped: threading.Event, *, is_often: bool) -> None:
        is_passing = "Unable to decode" in message
        if is_passing:
            self._post(stopped, self._warn, _NOT_UTF_8)
        if is_often or not is_passing:
            self._post(stopped, self._give_up, _reason(message))
            stopped.wait(_RETRY_SECONDS)
        else:
            # One write is several events: what follows the first must not break the next watch.
            stopped.wait(_BURST_SECONDS)
            self._post(stopped, self._tell, ())

    def _post(self, stopped: threading.Event, function: Callable[..., None], *args: object) -> None:
        def call() -> None:
            if not stopped.is_set():
                function(*args)

        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            # The loop is closed: nobody is left to be told.
            return

    # And this on the loop again.

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
            logger.warning("%s", text)
        # What happened while the watch was broken went unheard.
        self._tell(())

    def _give_up(self, reason: str) -> None:
        self.mode = "polling"
        self._recall()
        self._warn(f"{_POLLED} {reason}.")

    def _recover(self) -> None:
        self.mode = "native"
        self._recall()
        self._tell(())

    def _recall(self) -> None:
        self.warnings = [text for text in self.warnings if not text.startswith(_POLLED)]


def _is_often(breaks: deque[float]) -> bool:
    return len(breaks) == _MOST_BREAKS and breaks[-1] - breaks[0] < _BREAKS_SECONDS


def _reason(message: str) -> str:
    if "limit" in message or "Too many open files" in message or "No space" in message:
        return (
            f"{message.partition(' about ')[0].rstrip('.')} "
            f"(on Linux, see fs.inotify.max_user_watches and fs.inotify.max_user_instances)"
        )
    return message
