"""Code that holds up the whole app, as long as it does."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive

from cpsl_dev.tui.spans import Line, cut, one_line
from cpsl_dev.tui.widgets.button_row import ButtonRow, Choice
from cpsl_dev.tui.widgets.span_widget import SpanBar


class _Place(SpanBar):
    """Where it is stuck."""

    text: reactive[tuple[str, str]] = reactive(("", ""))

    def lines(self, width: int) -> list[Line]:
        """Return the place and the line of code there."""
        place, code = self.text
        where = f"at {one_line(place)}" if place else "and does not answer at all"
        said = (f"⚠ The app is stuck {where}", ("strong",))
        return [cut((said, (f"   {one_line(code.strip())}" if code else "", ())), width)]


class StuckBanner(Vertical):
    """Says where the app is stuck, and what helps; takes no room while it is not."""

    def __init__(self) -> None:
        super().__init__(id="stuck")

    def compose(self) -> ComposeResult:
        """Build it."""
        yield _Place()
        yield ButtonRow(
            Choice("cancel", "esc: cancel the turn"),
            Choice("restart", "^T: restart the worker"),
            id="stuck-buttons",
        )

    def on_mount(self) -> None:
        """Leave the focus where it is: there are keys for both."""
        self.query_one(ButtonRow).can_focus = False

    def show(self, place: str, code: str) -> None:
        """Say where."""
        self.query_one(_Place).text = (place, code)
        self.display = True

    def hide(self) -> None:
        """It goes on."""
        self.display = False
