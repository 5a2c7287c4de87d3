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


class ChoiceBar(SpanWidget, can_focus=True):
    """Names in a row; left and right choose another, a click too."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice-bar--chosen", "choice-bar--other"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "Previous", show=False),
        Binding("right", "choose(1)", "Next", show=False),
    ]

    chosen: reactive[str] = reactive("")
    labels: reactive[tuple[str, ...]] = reactive(())

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
        pad = 2 if self._is_roomy else 1
        for name in self.labels:
            x -= cell_len(name) + pad
            if x < 0:
                self.choose(name)
                return

    @property
    def _is_roomy(self) -> bool:
        return sum(cell_len(name) + 2 for name in self.labels) <= self.size.width

    def render_line(self, y: int) -> Strip:
        """Draw the names, as far as there is room."""
        base = self.rich_style
        if y:
            return Strip.blank(self.size.width, base)
        chosen = base + self.get_component_rich_style("choice-bar--chosen", partial=True)
        other = base + self.get_component_rich_style("choice-bar--other", partial=True)
        segments = []
        plain = " {} " if self._is_roomy else "{} "
        for name in self.labels:
            # Without colours the choice must show all the same.
            mark = "[{}]" if name == self.chosen and self.app.no_color else plain
            style = chosen if name == self.chosen else other
            segments.append(Segment(mark.format(name), style))
        return Strip(segments).crop_extend(0, self.size.width, base)
