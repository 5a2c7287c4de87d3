"""What can be dragged with the mouse to change the size of panes."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cpsl_dev.tui.widgets.title_bar import TitleBar


class DragHandle(Widget):
    """Tells where it is dragged to."""

    @dataclass
    class Dragged(Message):
        """The user drags it; `x` and `y` are the cell of the screen where the mouse is."""

        handle: DragHandle
        x: int
        y: int

        @property
        def control(self) -> DragHandle:
            """The handle that is dragged."""
            return self.handle

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Hold on to the mouse."""
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while it is held."""
        if self.app.mouse_captured is self:
            event.stop()
            self.post_message(self.Dragged(self, int(event.screen_x), int(event.screen_y)))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        self.release_mouse()


class Splitter(DragHandle):
    """The line between two panes that stand side by side."""

    def render_line(self, y: int) -> Strip:
        """Draw a piece of it: a sign, because there may be no colours."""
        return Strip([Segment("▏", self.rich_style)])


class DragBar(TitleBar, DragHandle):
    """A first line of a pane by which its height can be changed."""
