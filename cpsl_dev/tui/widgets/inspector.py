"""What is behind the conversation: the session, its data, history and turns; the app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import ContentSwitcher

from cpsl.records import HistoryEntry, JsonObject, SessionRecord
from cpsl_dev.tui.actions import actions_of
from cpsl_dev.tui.app_facts import app_facts
from cpsl_dev.tui.data_model import DataModel
from cpsl_dev.tui.times import day_and_time
from cpsl_dev.tui.turn_view import TurnView
from cpsl_dev.tui.widgets.choice_bar import ChoiceBar
from cpsl_dev.tui.widgets.data_tree import DataTree
from cpsl_dev.tui.widgets.facts import Fact, FactList
from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint
from cpsl_dev.tui.widgets.session_lists import HistoryList, TurnList

_PANES = {
    "Session": "session-facts",
    "Data": "data-tree",
    "History": "history-list",
    "Turns": "turn-list",
    "App": "app-facts",
}


class Inspector(Vertical):
    """Tabs that show one session, and the app."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the lists take them for scrolling, which they never do sideways.
        Binding("left", "step_tab(-1)", "Previous tab", show=False, priority=True),
        Binding("right", "step_tab(1)", "Next tab", show=False, priority=True),
    ]

    @dataclass
    class TabChosen(Message):
        """The user chose another tab."""

        name: str

    def __init__(self) -> None:
        super().__init__(id="inspector")
        self.model = DataModel()
        self._waiting: dict[str, Callable[[], None]] = {}

    def compose(self) -> ComposeResult:
        """Build the pane."""
        yield ChoiceBar(tuple(_PANES), id="inspector-tabs")
        with ContentSwitcher(initial="session-facts", id="inspector-body"):
            yield FactList(id="session-facts")
            yield DataTree(self.model)
            yield HistoryList()
            yield TurnList()
            yield FactList(id="app-facts")
        yield KeyBar(id="inspector-keys")

    def choose_tab(self, name: str) -> None:
        """Show a tab."""
        if name in _PANES:
            self.query_one(ChoiceBar).choose(name)

    def focus_tab(self) -> None:
        """Give the tab that is shown the focus."""
        self.query_one(f"#{_PANES[self.query_one(ChoiceBar).chosen]}").focus()

    def action_step_tab(self, step: int) -> None:
        """Show the next tab, or the one before; the focus stays with what is shown."""
        bar = self.query_one(ChoiceBar)
        bar.action_choose(step)
        if not bar.has_focus:
            self._show_tab(bar.chosen)
            self.focus_tab()

    def run_in_tab(self, name: str, action: str) -> None:
        """Show a tab, and do there what one of its keys does."""
        self.choose_tab(name)
        self._show_tab(name)
        pane = self.query_one(f"#{_PANES[name]}")
        pane.focus()
        # From there: what a widget posts for another one does not bubble further than that one.
        pane.call_later(pane.run_action, action)

    def restart(self) -> None:
        """Begin at the first row everywhere: another session is shown from now on."""
        for rows in (self.query_one(DataTree), self.query_one(TurnList)):
            rows.cursor = 0

    def show_session(self, session: SessionRecord) -> None:
        """Show the fields of a session."""
        facts = self.query_one("#session-facts", FactList)
        self._show("Session", lambda: facts.show(session_facts(session)))

    def show_history(self, entries: Sequence[HistoryEntry], total: int) -> None:
        """Show the newest entries of the history."""
        self._show("History", lambda: self.query_one(HistoryList).show(entries, total))

    def show_older_history(self, entries: Sequence[HistoryEntry]) -> None:
        """Put older entries of the history in front."""
        self.query_one(HistoryList).show_older(entries)

    def show_data(self) -> None:
        """Show the data model as it is now."""
        self._show("Data", self.query_one(DataTree).show)

    def show_turns(self, turns: Sequence[TurnView]) -> None:
        """Show these turns."""
        self._show("Turns", lambda: self.query_one(TurnList).show(turns))

    def show_app(self, description: JsonObject | None) -> None:
        """Show what the app declares."""
        facts = self.query_one("#app-facts", FactList)
        self._show("App", lambda: facts.show(app_facts(description)))

    def _show(self, tab: str, show: Callable[[], None]) -> None:
        """Show something now, or when its tab is chosen: what nobody sees must cost nothing."""
        if tab == self.query_one(ChoiceBar).chosen:
            show()
        else:
            self._waiting[tab] = show

    @on(ChoiceBar.Chosen)
    def _switch(self, event: ChoiceBar.Chosen) -> None:
        event.stop()
        self._show_tab(event.name)
        self.post_message(self.TabChosen(event.name))

    def _show_tab(self, name: str) -> None:
        self.query_one(ContentSwitcher).current = _PANES[name]
        if show := self._waiting.pop(name, None):
            show()
        hints = (
            KeyHint(action.keys, action.footer, action.name)
            for action in actions_of(name)
            if action.footer
        )
        self.query_one(KeyBar).show(hints)

    @on(KeyBar.Pressed)
    def _press(self, event: KeyBar.Pressed) -> None:
        event.stop()
        self.run_in_tab(self.query_one(ChoiceBar).chosen, event.action)


def session_facts(session: SessionRecord) -> list[Fact]:
    """Return what there is to say about a session."""
    user = session.user
    facts = [
        ("id", session.id),
        ("title", session.title),
        ("user", user.id),
        ("email", user.email or ""),
        ("org", user.org_id or ""),
        ("owner", user.owner_id),
        ("channel", session.channel),
        ("turns", f"{session.turns:,}"),
        ("data keys", ", ".join(session.data) or "none"),
        ("integrations", ", ".join(session.integrations) or "none"),
        ("revision", str(session.revision)),
        ("created", day_and_time(session.created_at)),
        ("updated", day_and_time(session.updated_at)),
    ]
    return [(name, value) for name, value in facts if value]
