"""The panes together: side by side, or one at a time where room is short."""

from __future__ import annotations

import math
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.choice_bar import ChoiceBar
from cpsl_dev.tui.widgets.drag_handle import DragHandle, Splitter
from cpsl_dev.tui.widgets.error_banner import ErrorBanner
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.footer_bar import FooterBar
from cpsl_dev.tui.widgets.header_bar import HeaderBar
from cpsl_dev.tui.widgets.inspector import Inspector
from cpsl_dev.tui.widgets.question_strip import QuestionStrip
from cpsl_dev.tui.widgets.stuck_banner import StuckBanner
from cpsl_dev.tui.widgets.too_small import TooSmall

_NAMES = {"Chat": "chat", "Inspector": "inspector", "Events": "events"}
# Below the first, panes become tabs; below the second, nothing sensible can be shown.
_WIDE, _HIGH = 76, 22
LEAST_WIDTH, LEAST_HEIGHT = 60, 20
# How much of the width the chat may take, and of the height the events, in per cent.
_CHAT_SHARES, _EVENTS_SHARES = (25, 80), (10, 75)
_STEP = 5


class Frame(Vertical):
    """Arranges the panes to fit the terminal."""

    @dataclass
    class Arranged(Message):
        """The user has changed sizes, or given one pane all the room."""

        chat_share: int
        events_share: int
        zoomed: str

    def __init__(self) -> None:
        super().__init__(id="frame")
        self._solo = ""
        self._chat_share, self._events_share = 60, 30

    def compose(self) -> ComposeResult:
        """Build the panes."""
        yield TooSmall()
        yield HeaderBar(id="header")
        yield ErrorBanner(id="banner")
        yield StuckBanner()
        yield ChoiceBar(tuple(_NAMES), id="pane-tabs")
        with Horizontal(id="upper"):
            yield ChatPane()
            yield Splitter(id="splitter")
            yield Inspector()
        yield EventPane()
        yield FooterBar()

    def on_resize(self, event: events.Resize) -> None:
        """Turn panes into tabs where there is little room."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-too-small")
        narrow = width < _WIDE or height < _HIGH
        if narrow != self._is_narrow:
            self.set_class(narrow, "-narrow")
            self._show_alone("chat" if narrow else "")

    def share_out(self, chat_share: int, events_share: int, zoomed: str = "") -> None:
        """Give the panes their shares, as far as they are sensible."""
        self._chat_share = _within(_CHAT_SHARES, chat_share)
        self._events_share = _within(_EVENTS_SHARES, events_share)
        self.query_one(ChatPane).styles.width = f"{self._chat_share}fr"
        self.query_one(Inspector).styles.width = f"{100 - self._chat_share}fr"
        self._size_events()
        if zoomed in _NAMES.values() and not self._is_narrow:
            self._show_alone(zoomed)

    def resize(self, direction: str) -> None:
        """Move a line: of the chat `left` or `right`, of the events `up` or `down`."""
        chat, events_share = self._chat_share, self._events_share
        match direction:
            case "left" | "right":
                chat += _STEP if direction == "right" else -_STEP
            case _:
                events_share += _STEP if direction == "up" else -_STEP
        self.share_out(chat, events_share)
        self._tell()

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
            self._tell()
            return
        focused = self.screen.focused
        names = [node.id for node in focused.ancestors_with_self] if focused else []
        self._show_alone(next((name for name in _NAMES.values() if name in names), "chat"))
        self._tell()

    @property
    def _is_narrow(self) -> bool:
        return self.has_class("-narrow")

    @on(ChoiceBar.Chosen, "#pane-tabs")
    def _choose(self, event: ChoiceBar.Chosen) -> None:
        event.stop()
        self.go_to(_NAMES[event.name])

    @on(QuestionStrip.Changed)
    def _mark(self, event: QuestionStrip.Changed) -> None:
        """Tell in the tabs that the app asks: the chat may be behind another pane."""
        event.stop()
        waiting = frozenset({"Chat"} if event.count else ())
        self.query_one("#pane-tabs", ChoiceBar).waiting = waiting

    @on(DragHandle.Dragged, "#splitter")
    def _drag_splitter(self, event: DragHandle.Dragged) -> None:
        event.stop()
        # What a share is of: the width without the line itself.
        self.share_out(math.ceil(100 * event.x / (self.size.width - 1)), self._events_share)
        self._tell()

    @on(DragHandle.Dragged, "#event-note")
    def _drag_events(self, event: DragHandle.Dragged) -> None:
        event.stop()
        pane = self.query_one(EventPane)
        rows = pane.region.bottom - event.y
        # What a share is of: the frame without its footer.
        self.share_out(self._chat_share, math.ceil(100 * rows / (pane.region.bottom - 1)))
        self._tell()

    def _tell(self) -> None:
        zoomed = "" if self._is_narrow else self._solo
        self.post_message(self.Arranged(self._chat_share, self._events_share, zoomed))

    def _size_events(self) -> None:
        self.query_one(EventPane).styles.height = "1fr" if self._solo else f"{self._events_share}%"

    def _show_alone(self, name: str) -> None:
        """Show one pane only; all of them without a name."""
        self._solo = name
        self._size_events()
        self.set_class(bool(name), "-solo")
        self.screen.set_class(bool(name), "-pane-alone")
        for label, pane in _NAMES.items():
            self.set_class(name == pane, f"-solo-{pane}")
            if pane == name:
                self.query_one("#pane-tabs", ChoiceBar).chosen = label


def _within(limits: tuple[int, int], share: int) -> int:
    return max(limits[0], min(limits[1], share))
