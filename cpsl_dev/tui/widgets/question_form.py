"""A prompt of the app, and what is needed to answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from cpsl.answers import APPROVAL, FILE
from cpsl.records import BlockRecord, JsonObject
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.spans import Line, cut, one_line, wrap
from cpsl_dev.tui.widgets.button_row import ButtonRow, Choice
from cpsl_dev.tui.widgets.path_input import PathInput
from cpsl_dev.tui.widgets.span_widget import SpanBar

_MOST_LINES = 4
_MOST_FIELDS = 12
_LONGEST = 2_000


class _Words(SpanBar):
    """A text of a few lines at most."""

    def __init__(self, mark: str, style: str) -> None:
        super().__init__()
        self._mark = mark
        self._style = style
        self._text = ""

    def say(self, text: str) -> None:
        """Show a text; an empty one takes no room."""
        self._text = text
        self.display = bool(text)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take as many lines as there are."""
        return len(self.lines(width))

    def lines(self, width: int) -> list[Line]:
        """Return the text, the end of a long one cut off."""
        first: Line = ((self._mark, (self._style,)),)
        lines = wrap([(safe_text(self._text[:_LONGEST]), (self._style,))], width, first=first)
        if len(lines) > _MOST_LINES:
            lines = [*lines[: _MOST_LINES - 1], cut((*lines[_MOST_LINES - 1], ("…", ())), width)]
        return lines


class _Label(SpanBar):
    """The name of an input."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._line = cut(((f"{one_line(text)}:", ("accent",)),), 24)
        self.styles.width = sum(len(part) for part, _ in self._line) + 1

    def lines(self, width: int) -> list[Line]:
        """Return the name."""
        return [self._line]


class QuestionForm(Vertical):
    """Asks one question. What is typed stays until it is answered, or asked no more.

    Args:
        session_id: The session that waits.
        block: The prompt.
        folder: Where relative paths start.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back", show=False)]

    @dataclass
    class Answered(Message):
        """The user has answered."""

        session_id: str
        block_id: str
        answer: JsonObject

    class Left(Message):
        """The user wants to go back to the message."""

    def __init__(self, session_id: str, block: BlockRecord, folder: str) -> None:
        super().__init__(classes="question")
        self.session_id = session_id
        self.block = block
        self._folder = folder
        self._question = _Words("? ", "question")
        self._error = _Words("✗ ", "error")
        self._fields = _fields(block.payload)
        self._is_built = self._wants_focus = False

    def compose(self) -> ComposeResult:
        """Build what this kind of prompt needs."""
        yield self._question
        if self.block.type == APPROVAL:
            yield self._approval_row()
        elif self.block.type == FILE:
            with Horizontal(classes="field"):
                yield _Label("path")
                yield PathInput(self._folder)
            yield ButtonRow(Choice("send", "Send the file"))
        else:
            for name in self._fields or ("token",):
                with Horizontal(classes="field"):
                    yield _Label(name)
                    yield Input(compact=True, password=True)
            yield ButtonRow(Choice("send", "Connect"), Choice("no", "Decline"))
        yield self._error

    def on_mount(self) -> None:
        """Say what is asked."""
        self._question.say(_question(self.block))
        self._error.say("")
        self._is_built = True
        if self._wants_focus:
            self.take_focus()

    def refuse(self, reason: str) -> None:
        """Say why the answer was not taken; what was typed stays, and can be changed at once."""
        self._error.say(reason)
        fields = list(self.query(Input))
        if self._buttons.has_focus and fields:
            next((field for field in fields if not field.value), fields[0]).focus()

    def take_focus(self) -> None:
        """Begin to answer, as soon as there is something to do it with."""
        if not self._is_built:
            self._wants_focus = True
            return
        first: Widget = self.query(Input).first() if self.query(Input) else self._buttons
        first.focus()

    def action_leave(self) -> None:
        """Go back to the message, and answer later."""
        self.post_message(self.Left())

    @on(ButtonRow.Pressed)
    def _press(self, event: ButtonRow.Pressed) -> None:
        event.stop()
        if self.block.type == APPROVAL:
            self._answer({"approved": event.name == "yes"})
        elif event.name == "no":
            self._answer({"declined": True})
        else:
            self._send()

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        inputs = list(self.query(Input))
        if event.input is inputs[-1]:
            self._send()
        else:
            inputs[inputs.index(event.input) + 1].focus()

    def _send(self) -> None:
        values = [entry.value.strip() for entry in self.query(Input)]
        if self.block.type == FILE:
            self._answer({"path": values[0]})
        elif self._fields:
            self._answer({"fields": dict(zip(self._fields, values, strict=True))})
        elif self.block.payload.get("mode") == "secret":
            self._answer({"fields": {}, "access_token": values[0]})
        else:
            self._answer({"access_token": values[0]})

    def _answer(self, answer: JsonObject) -> None:
        self._error.say("")
        self.post_message(self.Answered(self.session_id, self.block.id, answer))

    @property
    def _buttons(self) -> ButtonRow:
        return self.query_one(ButtonRow)

    def _approval_row(self) -> ButtonRow:
        payload = self.block.payload
        return ButtonRow(
            Choice("yes", str(payload.get("approve_label") or "Approve"), "y"),
            Choice("no", str(payload.get("reject_label") or "Reject"), "n"),
        )


def _fields(payload: JsonObject) -> tuple[str, ...]:
    fields = payload.get("fields")
    return tuple(str(name) for name in fields[:_MOST_FIELDS]) if isinstance(fields, list) else ()


def _question(block: BlockRecord) -> str:
    payload = block.payload
    if block.type == APPROVAL:
        return str(payload.get("message") or "May the app go on?")
    if block.type == FILE:
        accept = f"  ({payload['accept']})" if payload.get("accept") else ""
        return f"{payload.get('message') or 'A file, please'}{accept}"
    reason = f": {payload['reason']}" if payload.get("reason") else ""
    return f"Connect {payload.get('type') or 'an account'}{reason}"
