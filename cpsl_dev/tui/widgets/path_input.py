"""An input for the path of a file."""

from __future__ import annotations

import asyncio

from textual import events
from textual.widgets import Input

from cpsl_dev.tui.paths import common_start, path_completions


class PathInput(Input):
    """Takes a path; tab completes it.

    Args:
        folder: Where relative paths start.
    """

    def __init__(self, folder: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, compact=True)
        self._folder = folder

    async def on_key(self, event: events.Key) -> None:
        """Complete, where there is something to complete; else tab leaves as usual."""
        if event.key == "tab" and self.value and self.cursor_at_end:
            event.stop()
            event.prevent_default()
            self.run_worker(self._complete(self.value), exclusive=True)

    async def _complete(self, text: str) -> None:
        # A folder may be on a disk that is slow to answer.
        offers = await asyncio.to_thread(path_completions, self._folder, text)
        if self.value != text:
            return
        start = common_start(offers)
        if len(start) > len(text):
            self.value = start
            self.cursor_position = len(start)
        elif offers in ([], [text]):
            self.screen.focus_next()
