"""A question before something that cannot be undone."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.spans import wrap_plain
from cpsl_dev.tui.widgets.key_bar import KeyHint
from cpsl_dev.tui.widgets.laid_out import LaidOut

_ANSWERS = "ynq"
# Who types a sentence does not rest so long between two letters.
_PAUSE_SECONDS = 1.0


class Question(Dialog[bool]):
    """Asks once; the answer is True for yes.

    Args:
        heading: What is going to happen.
        text: What that means.
        yes: The word for doing it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer", "Yes"),
        Binding("n,escape,q", "close", "No"),
    ]

    def __init__(self, heading: str, text: str, *, yes: str) -> None:
        super().__init__(heading, (KeyHint("y", yes, "yes"), KeyHint("n", "no", "close")))
        self._text = text
        self._yes = yes
        self._typed_at = -_PAUSE_SECONDS
        self.add_class("-question")

    def body(self) -> ComposeResult:
        """Show the text."""
        yield LaidOut(lambda width: wrap_plain(self._text, width), id="question-text")

    def on_mount(self) -> None:
        """Take the keys."""
        super().on_mount()
        self.query_one(LaidOut).focus()

    def on_key(self, event: events.Key) -> None:
        """Note what was meant for the message below: it may go on with a letter that says yes."""
        if event.is_printable and str(event.character) not in _ANSWERS:
            self._typed_at = time.monotonic()

    def action_answer(self) -> None:
        """Do it, unless the key belongs to what is being typed."""
        if time.monotonic() - self._typed_at < _PAUSE_SECONDS:
            self._typed_at = -_PAUSE_SECONDS
            self.say(f"Was that meant for here? Once more: y, {self._yes}.", is_error=True)
        else:
            self.dismiss(True)

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)
