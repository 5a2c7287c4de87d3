"""The conversation and the next message."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from cpsl_dev.tui.actions import completions
from cpsl_dev.tui.paths import common_start, path_completions
from cpsl_dev.tui.spans import Line, cut, one_line
from cpsl_dev.tui.turn_view import TurnView
from cpsl_dev.tui.widgets.button_row import ButtonRow, Choice
from cpsl_dev.tui.widgets.chat_log import ChatLog
from cpsl_dev.tui.widgets.prompt import Prompt
from cpsl_dev.tui.widgets.question_form import QuestionForm
from cpsl_dev.tui.widgets.question_strip import QuestionStrip
from cpsl_dev.tui.widgets.send_button import SendButton
from cpsl_dev.tui.widgets.span_widget import SpanBar
from cpsl_dev.tui.widgets.title_bar import TitleBar

# Of the offers, so many are shown at least; of the conversation, so many lines stay in sight.
_LEAST_HINTS, _KEPT_IN_SIGHT = 6, 8
_ATTACH = "/attach "
_SESSIONS = "sessions"
_NEWEST = "newest"
_OFFER = "offer:"
_MARK = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT} "


class Hints(SpanBar):
    """What the start of a command may become."""

    def __init__(self) -> None:
        super().__init__(id="hints")
        self.offers: list[tuple[str, str]] = []
        self._most = _LEAST_HINTS

    def offer(self, offers: list[tuple[str, str]], room: int = 0) -> None:
        """Show these, where there is room for more than the least; nothing without any."""
        self.offers, self._most = offers, max(_LEAST_HINTS, room)
        self.display = bool(offers)
        self.styles.height = min(len(offers), self._most)
        self.refresh()

    def lines(self, width: int) -> list[Line]:
        """Return the offers; where there are more, the last line says so."""
        names = max((len(name) for name, _ in self.offers), default=0) + 2
        shown: list[Line] = [
            cut(
                (
                    (f"{one_line(name):<{names}}", ("accent", f"@{_OFFER}{at}")),
                    (text, ("dim", f"@{_OFFER}{at}")),
                ),
                width,
            )
            for at, (name, text) in enumerate(self.offers)
        ]
        if len(shown) > self._most:
            more = len(shown) - self._most + 1
            shown = [*shown[: self._most - 1], ((f"… {more} more", ("dim",)),)]
        return shown


class ChatPane(Vertical):
    """Shows a conversation and asks for the next message."""

    @dataclass
    class Submitted(Message):
        """The user pressed enter on a message that is not empty."""

        text: str

    @dataclass
    class DetachWanted(Message):
        """The user takes back a file that was to go with the next message."""

        index: int

    class CancelWanted(Message):
        """The user pressed escape, and there was nothing to close."""

    def __init__(self) -> None:
        super().__init__(id="chat")
        self.session_ids: list[str] = []
        self._note = ""
        # Where relative paths start.
        self.folder = "."

    def compose(self) -> ComposeResult:
        """Build the pane."""
        yield TitleBar(id="chat-title")
        yield ChatLog(id="chat-log")
        yield QuestionStrip()
        yield Hints()
        yield ButtonRow(id="attachments")
        with Horizontal(id="entry"):
            yield Static(_MARK, id="entry-mark", markup=False)
            yield Prompt(id="prompt")
            yield SendButton()

    def on_mount(self) -> None:
        """Let the title lead to the other sessions."""
        self.query_one("#chat-title", TitleBar).target = _SESSIONS

    @property
    def log_view(self) -> ChatLog:
        """The conversation above."""
        return self.query_one(ChatLog)

    @property
    def questions(self) -> QuestionStrip:
        """What the app asks."""
        return self.query_one(QuestionStrip)

    @property
    def prompt(self) -> Prompt:
        """The input below."""
        return self.query_one(Prompt)

    def show_title(self, session_id: str, note: str = "") -> None:
        """Name the session."""
        self.query_one("#chat-title", TitleBar).title = f"Chat · {session_id}"
        self._note = note
        self._show_place()

    def show_attachments(self, names: Sequence[str]) -> None:
        """Show the files that go with the next message; each can be pressed to take it away."""
        row = self.query_one("#attachments", ButtonRow)
        row.offer(*(Choice(str(at), f"+ {name} ✕") for at, name in enumerate(names)))
        row.display = bool(names)
        if not names and row.has_focus:
            self.prompt.focus()
        self.prompt.may_be_empty = bool(names)

    def show_turns(self, turns: Sequence[TurnView]) -> None:
        """Show the conversation as it is now."""
        self.log_view.show(turns)

    @on(QuestionForm.Left)
    def _back_to_message(self, event: QuestionForm.Left) -> None:
        event.stop()
        self.prompt.focus()

    @on(SendButton.Clicked)
    def _send(self, event: SendButton.Clicked) -> None:
        event.stop()
        self.prompt.focus()
        self.prompt.action_submit()

    @on(Prompt.Submitted)
    def _submit(self, event: Prompt.Submitted) -> None:
        event.stop()
        self.query_one(Hints).offer([])
        self.post_message(self.Submitted(event.text))

    @on(Prompt.Changed)
    def _offer(self, event: Prompt.Changed) -> None:
        event.stop()
        text = self.prompt.text
        if text.startswith(_ATTACH) and "\n" not in text:
            self.run_worker(self._offer_paths(text), group="paths", exclusive=True)
        else:
            self._show_offers(completions(text, self.session_ids))

    @on(Prompt.CompletionWanted)
    def _complete(self, event: Prompt.CompletionWanted) -> None:
        event.stop()
        self.run_worker(self._complete_text(event.text), group="paths", exclusive=True)

    async def _complete_text(self, text: str) -> None:
        if text.startswith(_ATTACH):
            offers = await self._paths(text)
        else:
            offers = [name for name, _ in completions(text, self.session_ids)]
        if offers and self.prompt.text == text:
            start = common_start(offers)
            # What all have in common; where that is nothing new, the first of them.
            self.prompt.put(start if len(start) > len(text) else offers[0])

    async def _offer_paths(self, text: str) -> None:
        offers = await self._paths(text)
        if self.prompt.text == text:
            self._show_offers([(offer, "") for offer in offers])

    def _show_offers(self, offers: list[tuple[str, str]]) -> None:
        self.query_one(Hints).offer(offers, self.size.height - _KEPT_IN_SIGHT)

    async def _paths(self, text: str) -> list[str]:
        # A folder may be on a disk that is slow to answer.
        start = text.removeprefix(_ATTACH)
        found = await asyncio.to_thread(path_completions, self.folder, start)
        return [f"{_ATTACH}{path}" for path in found]

    @on(ButtonRow.Pressed, "#attachments")
    def _take_file_back(self, event: ButtonRow.Pressed) -> None:
        event.stop()
        self.post_message(self.DetachWanted(int(event.name)))

    @on(Prompt.Escaped)
    def _escape(self, event: Prompt.Escaped) -> None:
        event.stop()
        hints = self.query_one(Hints)
        if hints.offers:
            hints.offer([])
            return
        self.post_message(self.CancelWanted())

    @on(Prompt.ScrollWanted)
    def _scroll(self, event: Prompt.ScrollWanted) -> None:
        event.stop()
        log = self.log_view
        log.scroll_relative(y=event.pages * (log.view_height - 1), animate=False)

    @on(ChatLog.Typed)
    def _type(self, event: ChatLog.Typed) -> None:
        event.stop()
        self.prompt.focus()
        self.prompt.insert(event.text)

    @on(Prompt.EndWanted)
    def _go_to_end(self, event: Prompt.EndWanted) -> None:
        event.stop()
        self.log_view.follow()

    @on(SpanBar.TargetChosen)
    def _press(self, event: SpanBar.TargetChosen) -> None:
        if event.target == _NEWEST:
            event.stop()
            self.log_view.follow()
        elif event.target.startswith(_OFFER):
            event.stop()
            self._take_offer(int(event.target.removeprefix(_OFFER)))

    def _take_offer(self, index: int) -> None:
        offers = self.query_one(Hints).offers
        self.prompt.focus()
        # Others may be offered since the click.
        if index < len(offers):
            self.prompt.put(offers[index][0])

    @on(ChatLog.PlaceChanged)
    def _show_place(self, event: ChatLog.PlaceChanged | None = None) -> None:
        """Say that there is more below, and what leads there; else what others have to say."""
        if event is not None:
            event.stop()
        log, bar = self.log_view, self.query_one("#chat-title", TitleBar)
        bar.note, bar.note_target = self._note, _SESSIONS
        if not log.is_following:
            bar.note = f"{'new below' if log.has_news else 'scrolled up'} · end follows"
            bar.note_target = _NEWEST
