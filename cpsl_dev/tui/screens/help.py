"""The keys and the commands."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cpsl_dev.tui.actions import ACTIONS, COMMANDS, PANE_KEYS, actions_of
from cpsl_dev.tui.key_names import key_name
from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.widgets.facts import Fact, FactList
from cpsl_dev.tui.widgets.key_bar import KeyHint


class HelpScreen(Dialog[None]):
    """Lists everything that can be done, until escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,f1,question_mark", "close", "Close"),
    ]

    def __init__(self) -> None:
        super().__init__("Keys and commands", (KeyHint("esc", "close", "close"),))
        self.add_class("-help")

    def body(self) -> ComposeResult:
        """Build the list."""
        yield FactList(id="help-facts")

    def on_mount(self) -> None:
        """Fill in what there is."""
        super().on_mount()
        facts = self.query_one(FactList)
        facts.show(help_facts())
        facts.focus()


def help_facts() -> list[Fact]:
    """Return every key and command with what it does."""
    keys: dict[str, list[str]] = {}
    everywhere = actions_of("")
    for action in everywhere:
        known = keys.setdefault(action.name, [])
        if action.keys:
            known.append(key_name(action.keys))
    facts: list[Fact] = [("Keys", "")]
    shown: set[str] = set()
    for action in everywhere:
        if action.is_listed and action.name not in shown and keys[action.name]:
            facts.append((", ".join(keys[action.name]), f"{action.title}. {action.help}"))
            shown.add(action.name)
    facts += [("", ""), ("In the panes", ""), *PANE_KEYS]
    for pane in dict.fromkeys(action.pane for action in ACTIONS if action.pane):
        facts += [("", ""), (f"In the tab {pane}", "")]
        facts += [(key_name(a.keys), f"{a.title}. {a.help}") for a in actions_of(pane)]
    facts += [("", ""), ("Commands", "")]
    facts += [(command.usage, command.help) for command in COMMANDS]
    facts.append(("//text", "send /text to the app, even where it is a command here"))
    return facts
