"""The conversation: turns laid out in a thread, drawn line by line."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message

from cpsl_dev.tui.chat_lines import turn_lines
from cpsl_dev.tui.pictures import Pictures
from cpsl_dev.tui.spans import Line, target_at, wrap_plain
from cpsl_dev.tui.turn_view import TurnView
from cpsl_dev.tui.widgets.line_view import LineView

_AT_ONCE = 20
_NEAR_TOP = 3
_LONGEST_REST = 0.25
_MARGIN = 1
_GREETING = (
    "Type a message below and press enter.\n\n"
    "Change the app in your editor and save: the next message runs the new code.\n"
    "F1 shows the keys, / the commands."
)


@dataclass(frozen=True, slots=True)
class _Layout:
    version: int
    width: int
    pictures: int
    lines: list[Line]


class ChatLog(LineView):
    """Shows turns; follows the end unless scrolled up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open_turn", "Details", show=False),
    ]

    class OlderWanted(Message):
        """The user has scrolled near the first turn that is here."""

    @dataclass
    class TurnOpened(Message):
        """The user wants to know all about a turn."""

        turn: int

    @dataclass
    class TargetChosen(Message):
        """The user has clicked on something that is there to be pressed."""

        turn: int
        target: str

    @dataclass
    class Typed(Message):
        """The user types here: the message below is meant."""

        text: str

    class PlaceChanged(Message):
        """The end went out of sight, came back, or has changed meanwhile."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.pictures = Pictures()
        self._turns: dict[int, TurnView] = {}
        self._order: list[int] = []
        # What is on the screen: the order of the turns there, and the first line of each.
        self._placed: list[int] = []
        self._tops: list[int] = []
        self._layouts: dict[int, _Layout] = {}
        self._changed = asyncio.Event()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="cpsl-layout")
        self._following = True
        self._has_news = False
        self._end: tuple[int, int] | None = None
        self._empty: list[Line] = []
        self._pressed_at: Offset | None = None

    def on_mount(self) -> None:
        """Start laying out."""
        self.run_worker(self._keep_laid_out(), name="chat layout")

    def on_unmount(self) -> None:
        """Let the thread go."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def fit(self) -> None:
        """Lay everything out for the new width."""
        self._place()
        self._changed.set()

    def show(self, turns: Sequence[TurnView]) -> None:
        """Show these turns, in this order. Only what changed is laid out again."""
        self._turns = {turn.turn: turn for turn in turns}
        self._order = [turn.turn for turn in turns]
        for gone in self._layouts.keys() - self._turns.keys():
            del self._layouts[gone]
        self._changed.set()

    def show_picture(self, url: str, picture: bytes) -> None:
        """Draw a picture that was fetched, wherever its address stands."""
        self.pictures.keep(url, picture)
        self._changed.set()

    def restart(self) -> None:
        """Forget everything: another session is shown from now on."""
        self._turns, self._order, self._layouts = {}, [], {}
        self.follow()

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self._set_following(True)
        self._place()

    def line_at(self, index: int) -> Line:
        """Return a line of the whole conversation."""
        if not self._placed:
            return self._empty[index] if index < len(self._empty) else ()
        at = bisect_right(self._tops, index) - 1
        layout = self._layouts.get(self._placed[at])
        offset = index - self._tops[at]
        return layout.lines[offset] if layout and offset < len(layout.lines) else ()

    @property
    def is_following(self) -> bool:
        """True while the end of the conversation stays in sight."""
        return self._following

    @property
    def has_news(self) -> bool:
        """True if the end has changed since it went out of sight."""
        return self._has_news

    @property
    def is_laid_out(self) -> bool:
        """True when everything that was given is on the screen."""
        return not self._outdated()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end when it is in sight; ask for older turns near the top."""
        super().watch_scroll_y(old_value, new_value)
        self._set_following(self.is_at_end)
        if new_value < old_value and new_value <= _NEAR_TOP and self._order:
            self.post_message(self.OlderWanted())

    def on_key(self, event: events.Key) -> None:
        """Pass on what is typed."""
        if event.is_printable and event.character:
            event.stop()
            event.prevent_default()
            self.post_message(self.Typed(event.character))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember where a click, or a selection, begins."""
        self._pressed_at = event.screen_offset

    def on_click(self, event: events.Click) -> None:
        """Press what is under the mouse; open the details of the turn on a double click."""
        if event.screen_offset != self._pressed_at:
            # Text was selected: what it happens to end on is not meant.
            return
        offset = event.get_content_offset_capture(self)
        index = offset.y + self.scroll_offset.y
        target = target_at(self.line_at(index), offset.x)
        at = bisect_right(self._tops, index) - 1
        if target and 0 <= at < len(self._placed):
            self.post_message(self.TargetChosen(self._placed[at], target))
        elif event.chain == 2:
            self._open_turn_at(index)

    def action_open_turn(self) -> None:
        """Open the details of the last turn in sight."""
        bottom = self.scroll_offset.y + self.view_height
        self._open_turn_at(min(bottom, self.virtual_size.height) - 1)

    def _open_turn_at(self, index: int) -> None:
        at = bisect_right(self._tops, index) - 1
        if 0 <= at < len(self._placed):
            self.post_message(self.TurnOpened(self._placed[at]))

    def _outdated(self) -> list[TurnView]:
        width, pictures = self.view_width - _MARGIN, self.pictures.fetched_count
        outdated = []
        for number in reversed(self._order):
            turn, layout = self._turns[number], self._layouts.get(number)
            made_for = (layout.version, layout.width, layout.pictures) if layout else None
            if made_for != (turn.version, width, pictures):
                outdated.append(turn)
        return outdated

    async def _keep_laid_out(self) -> None:
        """Lay out what changed, the newest first, whenever anything did."""
        loop = asyncio.get_running_loop()
        while True:
            await self._changed.wait()
            self._changed.clear()
            snapshots = [_snapshot(turn) for turn in self._outdated()[:_AT_ONCE]]
            width, pictures = self.view_width - _MARGIN, self.pictures.fetched_count
            began = time.perf_counter()
            done = await loop.run_in_executor(
                self._executor, _lay_out, snapshots, width, self.pictures
            )
            for turn, lines in done:
                if turn.turn in self._turns:
                    self._layouts[turn.turn] = _Layout(turn.version, width, pictures, lines)
            self._place()
            if self._outdated():
                self._changed.set()
            # The thread shares the interpreter with the one that takes the keys.
            await asyncio.sleep(min(_LONGEST_REST, 2 * (time.perf_counter() - began)))

    def _place(self) -> None:
        """Stack the turns, and keep in sight what was."""
        anchor = self._anchor()
        if not self._order:
            self._empty = wrap_plain(_GREETING, max(1, self.view_width - _MARGIN), ("dim",))
        total = 0 if self._order else len(self._empty)
        self._placed, self._tops = list(self._order), []
        for number in self._placed:
            self._tops.append(total)
            layout = self._layouts.get(number)
            total += len(layout.lines) if layout else 0
        following = self._following
        self.set_height(total)
        if following:
            self.scroll_end(animate=False, immediate=True, force=True, x_axis=False)
            self._set_following(True)
        elif anchor is not None and anchor[0] in self._turns:
            top = self._tops[self._placed.index(anchor[0])] + anchor[1]
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
            self._set_following(False)
        self._note_news()
        self.refresh()

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following, self._has_news = following, False
            self.post_message(self.PlaceChanged())

    def _note_news(self) -> None:
        """Notice what came at the end while other lines are in sight."""
        last = self._layouts.get(self._placed[-1]) if self._placed else None
        end = (self._placed[-1], len(last.lines)) if last else None
        if end != self._end and not self._following and not self._has_news:
            self._has_news = True
            self.post_message(self.PlaceChanged())
        self._end = end

    def _anchor(self) -> tuple[int, int] | None:
        at = bisect_right(self._tops, self.scroll_offset.y) - 1
        if 0 <= at < len(self._placed):
            return (self._placed[at], self.scroll_offset.y - self._tops[at])
        return None


def _snapshot(turn: TurnView) -> TurnView:
    """Copy what the thread reads, so that it cannot change under its hands."""
    return replace(turn, replies=[replace(reply, text=copy(reply.text)) for reply in turn.replies])


def _lay_out(
    turns: list[TurnView], width: int, pictures: Pictures
) -> list[tuple[TurnView, list[Line]]]:
    return [(turn, turn_lines(turn, max(1, width), pictures)) for turn in turns]
