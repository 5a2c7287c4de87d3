"""Bringing events from the core's thread onto the screen: in batches, at most one a frame."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable

from cpsl_dev.tui.feed import Batch, EventFeed

_FRAME_SECONDS = 1 / 30
_FLOOD = 40
# A flood is shown at half the rate, and far more seldom while one types: keys need the time more.
_FLOOD_FRAMES, _TYPING_FRAMES = 2, 6
_TYPING_SECONDS = 0.5


class EventPump:
    """Waits for events in a feed, and shows them on the screen's loop.

    Args:
        show: Shows a batch; called on the loop, and in the context, of `start`.
    """

    def __init__(self, show: Callable[[Batch], None]) -> None:
        self.feed = EventFeed(self._wake)
        self._show = show
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = contextvars.copy_context()
        self._drained_at = 0.0
        self._frame_seconds = _FRAME_SECONDS
        self._key_at = -_TYPING_SECONDS

    def start(self) -> None:
        """Show on the loop that runs now, from now on."""
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()

    def stop(self) -> None:
        """Show nothing more."""
        self._loop = None

    def note_key(self) -> None:
        """A key was pressed: its echo must not wait for what the app says."""
        self._key_at = time.perf_counter()

    def _wake(self) -> None:
        """Called in the core's thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._schedule, context=self._context)

    def _schedule(self) -> None:
        wait = self._drained_at + self._frame_seconds - time.perf_counter()
        if wait <= 0:
            self._drain()
        elif self._loop is not None:
            self._loop.call_later(wait, self._drain)

    def _drain(self) -> None:
        if self._loop is None:
            return
        self._drained_at = time.perf_counter()
        batch = self.feed.drain()
        is_typing = self._drained_at - self._key_at < _TYPING_SECONDS
        frames = _TYPING_FRAMES if is_typing else _FLOOD_FRAMES
        self._frame_seconds = _FRAME_SECONDS * (frames if len(batch.log) > _FLOOD else 1)
        self._show(batch)
