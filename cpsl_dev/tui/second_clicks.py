"""The second half of a double click whose first half has opened or closed a dialog."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.geometry import Offset
from textual.screen import Screen


class SecondClicks:
    """Finds presses that were meant for a screen that is not there any more.

    Who clicks twice on a row that opens with one click would press what lies under the dialog.
    """

    def __init__(self) -> None:
        self._screen: Screen[object] | None = None
        self._at: Offset | None = None
        self._time = 0.0
        self._is_stray = False

    def is_stray(self, event: events.MouseEvent, screen: Screen[object]) -> bool:
        """Tell whether a press, or the release after it, is none of this screen's."""
        if isinstance(event, events.MouseDown):
            at, since = event.screen_offset, event.time - self._time
            is_second = at == self._at and since <= App.CLICK_CHAIN_TIME_THRESHOLD
            self._is_stray = is_second and screen is not self._screen
            self._at, self._time = at, event.time
            if not self._is_stray:
                self._screen = screen
            return self._is_stray
        if isinstance(event, events.MouseUp) and self._is_stray:
            self._is_stray = False
            return True
        return False
