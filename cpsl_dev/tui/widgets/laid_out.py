"""Lines that depend on the width alone: laid out in a thread, because they may be many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.worker import Worker

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.line_view import LineView


class LaidOut(LineView):
    """Shows what a function makes of the width.

    Args:
        lay_out: Returns the lines for a width; called in another thread.
    """

    def __init__(self, lay_out: Callable[[int], list[Line]], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._make = lay_out
        self._lines: list[Line] = []

    def fit(self) -> None:
        """Lay out for the new width."""
        self.lay_out_again()

    def lay_out_again(self) -> None:
        """Lay out what is to be shown now."""
        _: Worker[None] = self.run_worker(self._lay_out, exclusive=True, name="lay out")

    def line_at(self, index: int) -> Line:
        """Return a line."""
        return self._lines[index] if index < len(self._lines) else ()

    def laid_out(self, count: int) -> None:
        """Called when there are lines, and with how many."""

    async def _lay_out(self) -> None:
        self._lines = await asyncio.to_thread(self._make, self.view_width)
        self.set_height(len(self._lines))
        self.laid_out(len(self._lines))
