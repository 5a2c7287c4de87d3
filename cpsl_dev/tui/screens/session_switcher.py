"""Choosing another session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from cpsl.records import SessionSummary
from cpsl_dev.tui.spans import Line, one_line, two_sided
from cpsl_dev.tui.times import day_and_time
from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint
from cpsl_dev.tui.widgets.row_list import RowList
from cpsl_dev.tui.widgets.title_bar import TitleBar


class SessionRows(RowList):
    """Sessions that match what was typed."""

    empty_text = "No session matches; ^N makes one with this id."

    def __init__(self, sessions: Sequence[SessionSummary], unread: frozenset[str]) -> None:
        super().__init__(id="session-rows")
        # The search has the focus; the keys come from there.
        self.always_marked = True
        self._all = sessions
        self._unread = unread
        self.shown: list[SessionSummary] = list(sessions)

    @property
    def row_count(self) -> int:
        """How many sessions match."""
        return len(self.shown)

    def search(self, text: str) -> None:
        """Show the sessions whose id, title or user contains the text."""
        wanted = text.casefold().strip()
        self.shown = [
            session
            for session in self._all
            if wanted in f"{session.id} {session.title} {session.user.id}".casefold()
        ]
        self.cursor = 0
        self.rows_changed()

    def line_at(self, index: int) -> Line:
        """Return a session in one line."""
        if not self.shown:
            return ((f"  {self.empty_text}", ("dim",)),)
        session = self.shown[index]
        mark = "● " if session.id in self._unread else "▶ " if session.busy else "  "
        left: Line = (
            (mark, ("accent",)),
            (one_line(session.id), ("strong",)),
            (f"  {one_line(session.title)}" if session.title != session.id else "", ()),
        )
        turns = "1 turn" if session.turns == 1 else f"{session.turns:,} turns"
        user = one_line(session.user.id)
        right: Line = ((f"{user} · {turns} · {day_and_time(session.updated_at)[5:16]} ", ("dim",)),)
        return two_sided(left, right, self.view_width)


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """What to do, `open`, `make` or `delete`, and with which session."""

    what: str
    session_id: str


_KEYS = (
    KeyHint("enter", "open", "choose"),
    KeyHint("^N", "new", "make"),
    KeyHint("^D", "delete", "delete"),
    KeyHint("esc", "close", "dismiss(None)"),
)


class SessionSwitcher(ModalScreen[SessionChoice | None]):
    """A list with search; the answer is a session, and what to do with it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("ctrl+n", "make", "New", priority=True),
        Binding("ctrl+d,delete", "delete", "Delete", priority=True),
    ]

    def __init__(self, sessions: Sequence[SessionSummary], unread: frozenset[str]) -> None:
        super().__init__()
        self._sessions = sessions
        self._unread = unread

    def compose(self) -> ComposeResult:
        """Build the screen."""
        with Vertical(id="switcher", classes="dialog"):
            yield TitleBar(id="switcher-title")
            yield Input(
                placeholder="search by id, title or user", id="switcher-search", compact=True
            )
            yield SessionRows(self._sessions, self._unread)
            yield KeyBar(_KEYS)

    def on_mount(self) -> None:
        """Show all sessions."""
        bar = self.query_one(TitleBar)
        bar.title = f"Sessions · {len(self._sessions):,}"
        self._rows.can_focus = False
        self._rows.rows_changed()
        self.query_one(Input).focus()

    @property
    def _rows(self) -> SessionRows:
        return self.query_one(SessionRows)

    def on_key(self, event: events.Key) -> None:
        """Move in the list while typing in the search."""
        moves: dict[str, Callable[[], None]] = {
            "up": self._rows.action_cursor_up,
            "down": self._rows.action_cursor_down,
            "pageup": partial(self._rows.action_page, -1),
            "pagedown": partial(self._rows.action_page, 1),
        }
        if event.key in moves:
            event.stop()
            event.prevent_default()
            moves[event.key]()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._rows.search(event.value)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        self._rows.action_choose()

    @on(RowList.Chosen)
    def _choose(self, event: RowList.Chosen) -> None:
        # Two quick clicks come as two choices; the first one has closed the list.
        if self.is_active:
            self.dismiss(SessionChoice("open", self._rows.shown[event.index].id))

    @on(KeyBar.Pressed)
    async def _press(self, event: KeyBar.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)

    def action_choose(self) -> None:
        """Open the session of the cursor."""
        self._rows.action_choose()

    def action_make(self) -> None:
        """Ask for a new session; what was searched for in vain may be its id."""
        wanted = self.query_one(Input).value.strip()
        self.dismiss(SessionChoice("make", "" if self._rows.shown else wanted))

    def action_delete(self) -> None:
        """Ask for the session of the cursor to go."""
        if self._rows.shown:
            self.dismiss(SessionChoice("delete", self._rows.shown[self._rows.cursor].id))
