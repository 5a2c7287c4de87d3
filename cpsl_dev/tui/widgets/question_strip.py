"""The prompts of the app that wait, above the message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from cpsl.records import BlockRecord
from cpsl_dev.tui.widgets.question_form import QuestionForm
from cpsl_dev.tui.widgets.span_widget import SpanBar
from cpsl_dev.tui.widgets.title_bar import TitleBar

_NEXT = "next"


class QuestionStrip(Vertical):
    """Shows one question at a time; takes no room without one.

    It never takes the focus by itself: a key that was meant for the message must not answer.
    """

    @dataclass
    class Changed(Message):
        """There are so many questions now."""

        count: int

    def __init__(self) -> None:
        super().__init__(id="questions")
        self._forms: list[QuestionForm] = []
        self._at = 0

    def compose(self) -> ComposeResult:
        """Build the first line."""
        yield TitleBar(id="questions-title")

    def show(self, session_id: str, waiting: Sequence[BlockRecord], folder: str) -> None:
        """Show these prompts; a form that is there already keeps what was typed."""
        wanted = {(session_id, block.id): block for block in waiting}
        known = {(form.session_id, form.block.id): form for form in self._forms}
        current = self.current
        for key, form in known.items():
            if key not in wanted:
                if form.has_focus_within:
                    self.post_message(QuestionForm.Left())
                form.remove()
        new = [QuestionForm(key[0], wanted[key], folder) for key in wanted if key not in known]
        if new:
            self.mount(*new)
        self._forms = [form for key, form in known.items() if key in wanted] + new
        self._at = self._forms.index(current) if current in self._forms else 0
        self._show_current()
        if len(self._forms) != len(known):
            self.post_message(self.Changed(len(self._forms)))

    @property
    def current(self) -> QuestionForm | None:
        """The form that is shown."""
        return self._forms[self._at] if self._forms else None

    def answer(self) -> bool:
        """Give the question the focus, or the next one if it has it; False without any."""
        current = self.current
        if current is None:
            return False
        if current.has_focus_within:
            self._go_to_next()
        else:
            current.take_focus()
        return True

    def refuse(self, block_id: str, reason: str) -> bool:
        """Say why an answer was not taken; False if that question is not asked any more."""
        for form in self._forms:
            if form.block.id == block_id:
                form.refuse(reason)
                return True
        return False

    @on(SpanBar.TargetChosen)
    def _turn(self, event: SpanBar.TargetChosen) -> None:
        if event.target == _NEXT:
            event.stop()
            self._go_to_next()

    def on_click(self) -> None:
        """Turn to the question."""
        current = self.current
        if current is not None and not current.has_focus_within:
            current.take_focus()

    def _go_to_next(self) -> None:
        self._at = (self._at + 1) % len(self._forms)
        self._show_current()
        self._forms[self._at].take_focus()

    def _show_current(self) -> None:
        self.display = bool(self._forms)
        for index, form in enumerate(self._forms):
            form.display = index == self._at
        bar = self.query_one(TitleBar)
        total = len(self._forms)
        bar.note_target = _NEXT if total > 1 else ""
        bar.title = f"The app asks · {self._at + 1} of {total}" if total > 1 else "The app asks"
        bar.note = "^G next · esc later" if total > 1 else "^G answer · esc later"
