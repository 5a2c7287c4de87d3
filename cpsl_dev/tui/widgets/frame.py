"""The panes together: side by side, or one at a time where room is short."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer

from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.choice_bar import ChoiceBar
from cpsl_dev.tui.widgets.error_banner import ErrorBanner
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.header_bar import HeaderBar
from cpsl_dev.tui.widgets.inspector import Inspector
from cpsl_dev.tui.widgets.stuck_banner import StuckBanner
from cpsl_dev.tui.widgets.too_small import TooSmall

_NAMES = {"Chat": "chat", "Inspector": "inspector", "Events": "events"}
# Below the first, panes become tabs; below the second, nothing sensible can be shown.
_WIDE, _HIGH = 76, 22
LEAST_WIDTH, LEAST_HEIGHT = 60, 20


class Frame(Vertical):
    """Arranges the panes to fit the terminal."""

    def __init__(self) -> None:
        super().__init__(id="frame")
        self._solo = ""

    def compose(self) -> ComposeResult:
        """Build the panes."""
        yield TooSmall()
        yield HeaderBar(id="header")
        yield ErrorBanner(id="banner")
        yield StuckBanner()
        yield ChoiceBar(tuple(_NAMES), id="pane-tabs")
        with Horizontal(id="upper"):
            yield ChatPane()
            yield Inspector()
        yield EventPane()
        yield Footer(show_command_palette=False, compact=True)

    def on_resize(self, event: events.Resize) -> None:
        """Turn panes into tabs where there is little room."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-too-small")
        narrow = width < _WIDE or height < _HIGH
        if narrow != self._is_narrow:
            self.set_class(narrow, "-narrow")
            self._show_alone("chat" if narrow else "")

    def go_to(self, name: str) -> None:
        """Give a pane the focus: `chat`, `inspector` or `events`."""
        if self._solo:
            self._show_alone(name)
        match name:
            case "chat":
                self.query_one(ChatPane).prompt.focus()
            case "inspector":
                self.query_one(Inspector).focus_tab()
            case _:
                self.query_one(EventPane).rows.focus()

    def zoom(self) -> None:
        """Give the pane with the focus all the room, or take it back."""
        if self._solo and not self._is_narrow:
            self._show_alone("")
            return
        focused = self.screen.focused
        names = [node.id for node in focused.ancestors_with_self] if focused else []
        self._show_alone(next((name for name in _NAMES.values() if name in names), "chat"))

    @property
    def _is_narrow(self) -> bool:
        return self.has_class("-narrow")

    @on(ChoiceBar.Chosen, "#pane-tabs")
    def _choose(self, event: ChoiceBar.Chosen) -> None:
        event.stop()
        self.go_to(_NAMES[event.name])

    def _show_alone(self, name: str) -> None:
        """Show one pane only; all of them without a name."""
        self._solo = name
        self.set_class(bool(name), "-solo")
        for label, pane in _NAMES.items():
            self.set_class(name == pane, f"-solo-{pane}")
            if pane == name:
                self.query_one("#pane-tabs", ChoiceBar).chosen = label
