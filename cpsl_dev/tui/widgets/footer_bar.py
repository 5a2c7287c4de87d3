"""The last line: what can be done, and by which key."""

from __future__ import annotations

from collections.abc import Iterable

from cpsl_dev.tui.actions import ACTIONS
from cpsl_dev.tui.key_names import key_name
from cpsl_dev.tui.spans import Line, width_of
from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint

# What goes first where room is short: it is done least by hand, or can be found elsewhere.
_GIVES_WAY = (
    "reload",
    "new_session",
    "zoom",
    "filter_events",
    "replay_turn",
    "cancel_turn",
    "sessions",
    "help",
)


class FooterBar(KeyBar):
    """Shows the same keys in the same order, wherever the focus is."""

    def __init__(self) -> None:
        hints = [
            KeyHint(key_name(action.keys), action.footer, action.name)
            for action in ACTIONS
            if action.footer and not action.pane
        ]
        super().__init__(hints, id="footer")

    def lines(self, width: int) -> list[Line]:
        """Return the line, without what there is no room for."""
        line = self.roomy(self.hints)
        for count in range(len(_GIVES_WAY) + 1):
            if width_of(line) <= width:
                break
            line = self.close(self._without(_GIVES_WAY[:count]))
        return [line]

    def _without(self, names: Iterable[str]) -> tuple[KeyHint, ...]:
        return tuple(hint for hint in self.hints if hint.action not in names)
