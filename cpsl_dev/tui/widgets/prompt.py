"""Where the next message is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from cpsl_dev.safe_text import safe_text

# A longer paste is shown as one mark, and put in when the message is sent.
_LONGEST_PASTE = 4_000
_MOST_PASTED_LINES = 30


class Prompt(TextArea):
    """Takes a message of one or more lines.

    `sent` holds what was sent before, the oldest first; `complete` says what the start of a
    command may become.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", show=False, priority=False),
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", "New line", show=False),
    ]

    @dataclass
    class Submitted(Message):
        """The user pressed enter on a text that is not empty."""

        text: str

    @dataclass
    class CompletionWanted(Message):
        """The user pressed tab on the start of a command."""

        text: str

    class Escaped(Message):
        """The user pressed escape."""

    @dataclass
    class ScrollWanted(Message):
        """The user pressed page up or down: the text above is meant."""

        pages: int

    class EndWanted(Message):
        """The user pressed end at the end of the text: that of the conversation is meant."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(
            id=id,
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            highlight_cursor_line=False,
        )
        self.sent: list[str] = []
        # A message may have no text when files go with it.
        self.may_be_empty = False
        self._at: int | None = None
        self._draft = ""
        self._pastes: dict[str, str] = {}

    @property
    def full_text(self) -> str:
        """The text with what was pasted into it."""
        text = self.text
        for mark, pasted in self._pastes.items():
            text = text.replace(mark, pasted)
        return text

    def put(self, text: str) -> None:
        """Replace the text, with the cursor at its end; a long one is put in as a mark."""
        self.load_text(self._shortened(safe_text(text)))
        self.move_cursor(self.document.end)

    def on_key(self, event: events.Key) -> None:
        """Take the keys that mean something else here than in an editor."""
        action = {
            "enter": self.action_submit,
            "up": self._go_back,
            "down": self._go_forward,
            "tab": self._complete,
            "escape": self._escape,
            "pageup": self._page_up,
            "pagedown": self._page_down,
            "end": self._go_to_end,
        }.get(event.key)
        if action is not None and action() is not False:
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Insert what is pasted, made safe to show; a long text as a mark."""
        event.stop()
        event.prevent_default()
        text = safe_text(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        text = self._shortened(text)
        self.replace(text, *self.selection, maintain_selection_offset=False)

    def action_submit(self) -> None:
        """Pass the message up, and clear the prompt for the next one."""
        text = self.full_text
        if text.strip() or self.may_be_empty:
            self.reset()
            self.post_message(self.Submitted(text))

    def action_new_line(self) -> None:
        """Begin another line."""
        self.replace("\n", *self.selection, maintain_selection_offset=False)

    def reset(self) -> None:
        """Become empty."""
        self._at, self._draft, self._pastes = None, "", {}
        self.load_text("")

    def _shortened(self, text: str) -> str:
        """Return the text, or the mark that stands for a long one until it is sent."""
        lines = text.count("\n") + 1
        if len(text) <= _LONGEST_PASTE and lines <= _MOST_PASTED_LINES:
            return text
        mark = f"[pasted #{len(self._pastes) + 1}: {lines:,} lines, {len(text):,} characters]"
        self._pastes[mark] = text
        return mark

    def _go_back(self) -> bool:
        row, _ = self.cursor_location
        if row > 0 or not self.sent or self._at == 0:
            return False
        if self._at is None:
            self._draft, self._at = self.text, len(self.sent)
        self._at -= 1
        self.put(self.sent[self._at])
        self.move_cursor((0, len(self.document.get_line(0))))
        return True

    def _go_forward(self) -> bool:
        row, _ = self.cursor_location
        if self._at is None or row < self.document.line_count - 1:
            return False
        self._at += 1
        if self._at < len(self.sent):
            self.put(self.sent[self._at])
        else:
            self._at = None
            self.put(self._draft)
        return True

    def _complete(self) -> bool:
        if not self.text.startswith("/") or "\n" in self.text:
            return False
        self.post_message(self.CompletionWanted(self.text))
        return True

    def _escape(self) -> None:
        self.post_message(self.Escaped())

    def _page_up(self) -> None:
        self.post_message(self.ScrollWanted(-1))

    def _page_down(self) -> None:
        self.post_message(self.ScrollWanted(1))

    def _go_to_end(self) -> bool:
        if self.cursor_location != self.document.end or not self.selection.is_empty:
            return False
        self.post_message(self.EndWanted())
        return True
