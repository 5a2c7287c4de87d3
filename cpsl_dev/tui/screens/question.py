"""A question before something that cannot be undone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.spans import wrap_plain
from cpsl_dev.tui.widgets.key_bar import KeyHint
from cpsl_dev.tui.widgets.laid_out import LaidOut


class Question(Dialog[bool]):
    """Asks once; the answer is True for yes.

    Args:
        heading: What is going to happen.
        text: What that means.
        yes: The word for doing it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", "Yes"),
        Binding("n,escape,q", "close", "No"),
    ]

    def __init__(self, heading: str, text: str, *, yes: str) -> None:
        super().__init__(heading, (KeyHint("y", yes, "yes"), KeyHint("n", "no", "close")))
        self._text = text
        self.add_class("-question")

    def body(self) -> ComposeResult:
        """Show the text."""
        yield LaidOut(lambda width: wrap_plain(self._text, width), id="question-text")

    def on_mount(self) -> None:
        """Take the keys."""
        super().on_mount()
        self.query_one(LaidOut).focus()

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)
