"""The keys and messages of the chat: each is passed on to the one whose subject it is."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from textual import on
from textual.app import App

from cpsl_dev.config import Config
from cpsl_dev.tui.asking import Asking
from cpsl_dev.tui.composer import Composer
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.input_history import InputHistory
from cpsl_dev.tui.offers import Offers
from cpsl_dev.tui.pauses import Pauses
from cpsl_dev.tui.pictures import Pictures
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.stuck import Stuck
from cpsl_dev.tui.widgets.button_row import ButtonRow
from cpsl_dev.tui.widgets.chat_log import ChatLog
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.question_form import QuestionForm
from cpsl_dev.tui.widgets.stuck_banner import StuckBanner

_TWICE_SECONDS = 2.0


class ChatActions(App[int], inherit_bindings=False):
    """What of the screen belongs to the chat."""

    _interrupted_at = -_TWICE_SECONDS
    _asking: Asking
    _composer: Composer
    _offers: Offers
    _stuck: Stuck

    def tell(self, text: str, is_warning: bool = False) -> None:
        """Say something to the user, for a while."""
        raise NotImplementedError

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        raise NotImplementedError

    def _do(
        self, ask: Callable[..., Awaitable[None]], *arguments: Any, group: str = "default"
    ) -> None:
        """Ask the server for something; say what went wrong."""
        raise NotImplementedError

    def _start_chat(self, link: CoreLink, config: Config, presenter: Presenter) -> None:
        """Make those to whom things are passed on."""
        pane = self.query_one(ChatPane)
        run_action = partial(self.call_later, self.run_action)
        history = InputHistory(config.data_dir / "input-history.jsonl")
        pane.folder = str(config.entry.folder)
        self._composer = Composer(link, presenter, pane, history, run_action)
        self._offers = Offers(
            presenter,
            pane.log_view,
            tell=self.tell,
            copy=self.copy_to_clipboard,
            run_action=run_action,
        )
        self._asking = Asking(
            link,
            presenter.conversation,
            pane.questions,
            folder=str(config.entry.folder),
            tell=self.tell,
            mark_unread=presenter.mark_unread,
        )
        self._stuck = Stuck(link, presenter, self.query_one(StuckBanner), self.tell)
        presenter.followers += [self._asking, self._stuck]
        if not self.is_headless:
            # Without a terminal of its own, code that stops is told so.
            pauses = Pauses(
                link, step_aside=self._aside, note=partial(presenter.set_note, "paused")
            )
            presenter.followers.append(pauses)
            self.run_worker(pauses.run(), name="pauses", group="pauses")
        pane.log_view.pictures = Pictures(
            str(config.data_dir / "files"), has_colours=not self.no_color
        )

    def action_clear_or_quit(self) -> None:
        """Copy what is selected, or clear the input, or quit when pressed twice."""
        prompt = self.query_one(ChatPane).prompt
        selected = self.screen.get_selected_text() or prompt.selected_text
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
            return
        now = time.monotonic()
        if prompt.text:
            prompt.reset()
        elif now - self._interrupted_at < _TWICE_SECONDS:
            self.exit(0)
        else:
            self._interrupted_at = now
            self.tell("Press ctrl-c again to quit.")

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Leave the terminal to another program, while the app goes on behind it.

        Not by Textual's `suspend`: that also exchanges `sys.stdout`, which would come back wrong
        if the app ends meanwhile.
        """
        driver = self._driver
        assert driver is not None
        driver.suspend_application_mode()
        with driver.no_automatic_restart():
            yield
        if self.is_running:
            driver.resume_application_mode()
            self.refresh(layout=True)

    @on(ChatPane.Submitted)
    def _submitted(self, event: ChatPane.Submitted) -> None:
        self._do(self._composer.submit, event.text)

    @on(ChatPane.DetachWanted)
    def _take_file_back(self, event: ChatPane.DetachWanted) -> None:
        self._composer.detach(event.index)

    @on(QuestionForm.Answered)
    def _answer(self, event: QuestionForm.Answered) -> None:
        self._do(self._asking.answer, event.session_id, event.block_id, event.answer)

    @on(ChatLog.TargetChosen)
    def _press(self, event: ChatLog.TargetChosen) -> None:
        self._do(self._offers.press, event.turn, event.target)

    @on(ChatPane.CancelWanted)
    def action_cancel_turn(self) -> None:
        """Interrupt what runs in this session, or what is stuck."""
        self._do(self._stuck.cancel)

    @on(ButtonRow.Pressed, "#stuck-buttons")
    def _help_stuck(self, event: ButtonRow.Pressed) -> None:
        self._do(self._stuck.restart if event.name == "restart" else self._stuck.cancel_stuck)

    def action_restart_worker(self) -> None:
        """Let a new worker serve, and end the one before at once."""
        self._do(self._stuck.restart, group="reload")

    def action_answer(self) -> None:
        """Go to the question that waits; not from behind a dialog."""
        if self.screen.is_modal:
            return
        if not self.query_one(ChatPane).questions.has_focus_within:
            self.action_pane("chat")
        self._asking.turn_to()

    def action_suggestion(self, number: int) -> None:
        """Take one of the newest suggestions."""
        self._do(self._offers.take_suggestion, number)

    def action_fetch_picture(self) -> None:
        """Fetch the newest picture of the web, and draw it."""
        self._do(self._offers.fetch_newest)
