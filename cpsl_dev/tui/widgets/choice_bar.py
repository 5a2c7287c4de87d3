"""A row of names of which one is chosen: tabs, groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from cpsl_dev.tui.widgets.span_widget import SpanWidget

_WAITING = " ?"
_LEFT, _RIGHT = "◂", "▸"


class ChoiceBar(SpanWidget, can_focus=True):
    """Names in a row; left and right choose another, a click too."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice-bar--chosen", "choice-bar--other"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "Previous", show=False),
        Binding("right", "choose(1)", "Next", show=False),
    ]

    chosen: reactive[str] = reactive("")
    labels: reactive[tuple[str, ...]] = reactive(())
    # Names behind which something waits for the user.
    waiting: reactive[frozenset[str]] = reactive(frozenset())

    @dataclass
    class Chosen(Message):
        """The user chose another name."""

        bar: ChoiceBar
        name: str

        @property
        def control(self) -> ChoiceBar:
            """The bar it happened in."""
            return self.bar

    def __init__(self, labels: tuple[str, ...], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.set_reactive(ChoiceBar.labels, labels)
        self.set_reactive(ChoiceBar.chosen, labels[0])

    def choose(self, name: str) -> None:
        """Choose a name, as if the user had."""
        if name != self.chosen:
            self.chosen = name
            self.post_message(self.Chosen(self, name))

    def action_choose(self, step: int) -> None:
        """Go to the next name, or the one before."""
        index = self.labels.index(self.chosen) + step
        self.choose(self.labels[index % len(self.labels)])

    def on_click(self, event: events.Click) -> None:
        """Choose the name under the mouse."""
        x = event.get_content_offset_capture(self).x
        for text, name in self._pieces():
            x -= cell_len(text)
            if x < 0:
                self.choose(name)
                return

    def render_line(self, y: int) -> Strip:
        """Draw the names, as far as there is room."""
        base = self.rich_style
        if y:
            return Strip.blank(self.size.width, base)
        chosen = base + self.get_component_rich_style("choice-bar--chosen", partial=True)
        other = base + self.get_component_rich_style("choice-bar--other", partial=True)
        segments = [
            Segment(text, chosen if name == self.chosen else other) for text, name in self._pieces()
        ]
        return Strip(segments).crop_extend(0, self.size.width, base)

    def _pieces(self) -> list[tuple[str, str]]:
        """Return what stands in the bar, each with the name that a click there chooses."""
        room = self.size.width
        for pattern, size in ((" {} ", 2), ("{} ", 1)):
            # The blank after the last one may be cut.
            if sum(self._cells_in(name) + size for name in self.labels) <= room + (size == 1):
                return [(self._written(name, pattern), name) for name in self.labels]
        return self._window(room)

    def _window(self, room: int) -> list[tuple[str, str]]:
        """Return the names around the chosen one, and marks that lead to the others."""
        at = self.labels.index(self.chosen)
        first, last = at, at + 1
        while last < len(self.labels) and self._cells_of(first, last + 1) <= room:
            last += 1
        while first and self._cells_of(first - 1, last) <= room:
            first -= 1
        pieces = [(self._written(name, "{} "), name) for name in self.labels[first:last]]
        if first:
            pieces.insert(0, (_LEFT, self.labels[first - 1]))
        if last < len(self.labels):
            pieces.append((_RIGHT, self.labels[last]))
        return pieces

    def _cells_of(self, first: int, last: int) -> int:
        """Return the cells of some names with the marks that they need."""
        marks = bool(first) + (last < len(self.labels))
        return sum(self._cells_in(name) + 1 for name in self.labels[first:last]) + marks

    def _written(self, name: str, pattern: str) -> str:
        # Without colours the choice must show all the same.
        pattern = "[{}]" if name == self.chosen and self.app.no_color else pattern
        return pattern.format(f"{name}{_WAITING}" if name in self.waiting else name)

    def _cells_in(self, name: str) -> int:
        return cell_len(name) + (len(_WAITING) if name in self.waiting else 0)
