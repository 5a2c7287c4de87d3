"""Things to press, in a row: by mouse, by enter, or by a key of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from cpsl_dev.tui.spans import Line, Span, cut, one_line, plain
from cpsl_dev.tui.widgets.span_widget import SpanBar

_LONGEST_LABEL = 28
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to press: what it is called in code, what is written on it, and its key."""

    name: str
    label: str
    key: str = ""


class ButtonRow(SpanBar, can_focus=True):
    """A row of which one is marked while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Previous", show=False),
        Binding("right", "move(1)", "Next", show=False),
        Binding("enter,space", "press", "Press", show=False),
    ]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Pressed(Message):
        """The user has pressed one."""

        row: ButtonRow
        name: str

        @property
        def control(self) -> ButtonRow:
            """The row it happened in."""
            return self.row

    def __init__(self, *choices: Choice, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = choices

    def offer(self, *choices: Choice) -> None:
        """Show other ones."""
        self._choices = choices
        self.cursor = 0
        self.refresh()

    def lines(self, width: int) -> list[Line]:
        """Return the row."""
        spans: list[Span] = []
        for index, choice in enumerate(self._choices):
            style = "button-marked" if self.has_focus and index == self.cursor else "button"
            spans += [(_label(choice), (style, f"@{choice.name}")), (_GAP, ())]
        return [cut(tuple(spans[:-1]), width)] if spans else []

    def press(self, target: str) -> None:
        """Press one by its name, as if the user had."""
        self.post_message(self.Pressed(self, target))

    def action_move(self, step: int) -> None:
        """Mark the next one, or the one before."""
        self.cursor = (self.cursor + step) % max(1, len(self._choices))

    def action_press(self) -> None:
        """Press the one that is marked."""
        if self._choices:
            self.press(self._choices[self.cursor].name)

    def on_key(self, event: events.Key) -> None:
        """Press the one whose key it is."""
        for choice in self._choices:
            if choice.key and event.key == choice.key:
                event.stop()
                self.press(choice.name)

    def on_focus(self) -> None:
        """Show the mark."""
        self.refresh()

    def on_blur(self) -> None:
        """Take the mark away."""
        self.refresh()


def _label(choice: Choice) -> str:
    label = plain(cut(((one_line(choice.label), ()),), _LONGEST_LABEL))
    # The key is part of the label, so that nobody has to look for it.
    return f"[{choice.key}: {label}]" if choice.key else f"[{label}]"
