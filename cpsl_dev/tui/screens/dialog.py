"""What dialogs share: a title, a line for what is wrong, and the keys, which can be clicked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from cpsl_dev.exceptions import DevError
from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint
from cpsl_dev.tui.widgets.notice_line import NoticeLine
from cpsl_dev.tui.widgets.title_bar import TitleBar

T = TypeVar("T")


class Ask(Protocol):
    """Shows a dialog and returns its answer; None at once if such a dialog is open already."""

    async def __call__(self, screen: Screen[T | None]) -> T | None:
        """Wait for the answer."""


class Dialog(ModalScreen[T | None], Generic[T]):
    """Covers the panes until it is answered; None is the answer of who closes it.

    Args:
        heading: What it is about.
        keys: What can be done, and by which keys.
    """

    def __init__(self, heading: str, keys: tuple[KeyHint, ...]) -> None:
        super().__init__()
        self._heading = heading
        self._keys = keys
        self._is_at_work = False

    def compose(self) -> ComposeResult:
        """Build the dialog around its body."""
        with Vertical(classes="dialog"):
            yield TitleBar()
            yield from self.body()
            yield NoticeLine()
            yield KeyBar(self._keys)

    def body(self) -> ComposeResult:
        """Build what is between the title and the keys."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Show the title."""
        self.query_one(TitleBar).title = self._heading

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Say something below."""
        self.query_one(NoticeLine).say(text, is_error=is_error)

    def submit(self, work: Callable[[], Awaitable[T]], *, meanwhile: str = "") -> None:
        """Do something and close with its result; where it fails, all stays as it was typed.

        Closing the dialog before gives the work up.
        """
        if self._is_at_work:
            return

        async def run() -> None:
            try:
                result = await work()
            except DevError as error:
                self.say(str(error), is_error=True)
            else:
                self.dismiss(result)
            finally:
                self._is_at_work = False

        self._is_at_work = True
        self.say(meanwhile)
        _: Worker[None] = self.run_worker(run, name="dialog")

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    @on(KeyBar.Pressed)
    async def _press(self, event: KeyBar.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)
