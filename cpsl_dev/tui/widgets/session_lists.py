"""The history and the turns of a session, one line each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from cpsl.records import HistoryEntry
from cpsl_dev.tui.actions import actions_of
from cpsl_dev.tui.spans import Line, Span, cut, one_line, two_sided, width_of
from cpsl_dev.tui.summaries import error_line, milliseconds
from cpsl_dev.tui.times import clock_time
from cpsl_dev.tui.turn_view import TurnView
from cpsl_dev.tui.widgets.row_list import RowList

_STATUS = {
    "done": ("✓", "success"),
    "failed": ("✗", "error"),
    "interrupted": ("⚠", "warning"),
    "queued": ("⋯", "dim"),
    "running": ("▶", "accent"),
}
_LONGEST = 400
# Below this, what was said would have no room beside all the rest.
_ROOMY = 44
# Rather than less of a message, what stands beside it is left out.
_LEAST_TEXT = 8


class HistoryList(RowList):
    """Every entry of `session.history` with sender, time and turn, the newest last."""

    @dataclass
    class Opened(Message):
        """The user wants to see an entry whole."""

        entry: HistoryEntry

    @dataclass
    class OlderWanted(Message):
        """The user has scrolled near the first entry that is here."""

        before: int

    def __init__(self) -> None:
        super().__init__(id="history-list")
        self._entries: list[HistoryEntry] = []
        self._total = 0

    @property
    def row_count(self) -> int:
        """How many entries are here; one row says that there are none."""
        return max(1, len(self._entries))

    def show(self, entries: Sequence[HistoryEntry], total: int) -> None:
        """Show these entries, the newest of `total`; stay at the end if that was in sight."""
        was_at_end = self.is_at_end
        self._entries, self._total = list(entries), total
        self.rows_changed()
        if was_at_end:
            self.set_reactive(RowList.cursor, max(0, self.row_count - 1))
            self.scroll_end(animate=False, immediate=True, force=True, x_axis=False)

    def show_older(self, entries: Sequence[HistoryEntry]) -> None:
        """Put older entries in front."""
        top = self.scroll_offset.y
        self._entries = [*entries, *self._entries]
        self.set_reactive(RowList.cursor, self.cursor + len(entries))
        self.rows_changed()
        self.scroll_to(y=top + len(entries), animate=False, immediate=True, force=True)

    def line_at(self, index: int) -> Line:
        """Return an entry in one line."""
        if not self._entries:
            return (("nothing was said yet", ("dim",)),)
        if index >= len(self._entries):
            return ()
        entry = self._entries[index]
        who = "you" if entry.sender == "user" else one_line(entry.sender)
        text = one_line(entry.text[:_LONGEST].replace("\n", " ⏎ "))
        return cut(
            (
                (f"{clock_time(entry.timestamp)} ", ("time",)),
                (f"{entry.turn:>3} ", ("dim",)),
                (f"{who:<4} ", ("you" if entry.sender == "user" else "app",)),
                (text, ()),
            ),
            self.view_width,
        )

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for older entries near the top."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value <= 1 and 0 < len(self._entries) < self._total:
            self.post_message(self.OlderWanted(self._entries[0].index))

    def action_choose(self) -> None:
        """Show the entry whole."""
        if self.cursor < len(self._entries):
            self.post_message(self.Opened(self._entries[self.cursor]))


class TurnList(RowList):
    """Turns with number, status, generation, time and message, the newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(action.keys, action.name, show=False) for action in actions_of("Turns")
    ]
    keeps_mark = True

    @dataclass
    class Wanted(Message):
        """The user wants something of a turn: `open`, `rewind`, `fork` or `replay`."""

        what: str
        turn: int

    class OlderWanted(Message):
        """The user has gone near the oldest turn that is here."""

    def __init__(self) -> None:
        super().__init__(id="turn-list")
        self._turns: list[TurnView] = []

    @property
    def row_count(self) -> int:
        """How many turns are here; one row says that there are none."""
        return max(1, len(self._turns))

    def show(self, turns: Sequence[TurnView]) -> None:
        """Show these turns, given in order.

        The cursor stays with its turn, so that nobody rewinds to another one that has come to
        its place; without the focus it stays with the newest.
        """
        chosen = self._turns[self.cursor].turn if self.cursor < len(self._turns) else 0
        self._turns = [turn for turn in reversed(turns) if turn.turn > 0]
        if self.cursor == 0 and (not self.has_focus or chosen == 0):
            self.rows_changed()
            return
        # One that is gone gives way to the one before it.
        self.hold(bisect_left(self._turns, -chosen, key=lambda turn: -turn.turn))

    def line_at(self, index: int) -> Line:
        """Return a turn in one line."""
        if not self._turns:
            return (("no turn yet", ("dim",)),)
        if index >= len(self._turns):
            return ()
        turn = self._turns[index]
        mark, style = _STATUS.get(turn.status, ("?", "warning"))
        generation = "-" if turn.generation is None else turn.generation
        text = turn.text[:_LONGEST].replace("\n", " ⏎ ")
        if turn.error is not None:
            text = (
                f"{text}   {error_line({'type': turn.error.type, 'message': turn.error.message})}"
            )
        took = f"{milliseconds(turn.duration_ms):>7}"
        said: Span = (one_line(text), ("error",) if turn.error else ())
        number: Line = ((f"{mark} ", (style,)), (f"{turn.turn:>3} ", ("strong",)))
        if self.view_width < _ROOMY:
            room = self.view_width - width_of(number) - _LEAST_TEXT
            notes = (f" gen {generation} {took.strip()}", f" {took.strip()}", "")
            note = next(note for note in notes if cell_len(note) <= room or not note)
            return two_sided((*number, said), ((note, ("time",)),), self.view_width)
        times: Line = (
            (f"{clock_time(turn.time)} ", ("time",)),
            (f"gen {generation:<3} ", ("dim",)),
            (f"{took}  ", ("time",)),
        )
        return cut((*number, *times, said), self.view_width)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for older turns near the end."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > old_value and self.is_at_end:
            self.post_message(self.OlderWanted())

    def action_choose(self) -> None:
        """Show what the turn did."""
        self._want("open")

    def action_rewind_to(self) -> None:
        """Ask to go back to the turn."""
        self._want("rewind")

    def action_fork_from(self) -> None:
        """Ask for a new session in the state after the turn."""
        self._want("fork")

    def action_replay_this(self) -> None:
        """Ask to run the turn again."""
        self._want("replay")

    def _want(self, what: str) -> None:
        if self.cursor < len(self._turns):
            self.post_message(self.Wanted(what, self._turns[self.cursor].turn))
