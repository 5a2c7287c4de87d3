"""What sends the message, for those who have the mouse in their hand."""

from __future__ import annotations

from textual import events
from textual.message import Message

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.span_widget import SpanBar


class SendButton(SpanBar):
    """Says that enter sends, and does so when it is clicked."""

    class Clicked(Message):
        """The user wants to send."""

    def __init__(self) -> None:
        super().__init__(id="send")

    def lines(self, width: int) -> list[Line]:
        """Return the sign of the key."""
        return [((" ⏎ ", ("button",)),)]

    def on_click(self, event: events.Click) -> None:
        """Send."""
        self.post_message(self.Clicked())
