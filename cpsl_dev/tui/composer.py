"""What was typed: a message for the app, or a command of the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cpsl.records import JsonObject
from cpsl_dev.exceptions import DevError, InvalidInput
from cpsl_dev.tui.actions import find_command
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.input_history import InputHistory
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.widgets.chat_pane import ChatPane

_MOST_ATTACHMENTS = 20
# Where a command and its action have other names.
_ACTIONS = {
    "session": "sessions",
    "user": "help",
    "again": "send_again",
    "cancel": "cancel_turn",
    "replay": "replay_turn",
    "reset": "on_session('reset')",
    "theme": "change_theme",
}


class Composer:
    """Sends messages and runs commands.

    Args:
        link: The way to the server.
        presenter: Knows the session, and sends.
        pane: Where it was typed; what could not be done goes back there.
        history: Remembers it for later.
        run_action: Does what a key would.
    """

    def __init__(
        self,
        link: CoreLink,
        presenter: Presenter,
        pane: ChatPane,
        history: InputHistory,
        run_action: Callable[[str], object],
    ) -> None:
        self._link = link
        self._presenter = presenter
        self._pane = pane
        self._history = history
        self._run_action = run_action
        self._attachments: list[JsonObject] = []
        history.load()
        pane.prompt.sent = history.texts

    async def submit(self, text: str) -> None:
        """Take what was typed.

        Raises:
            DevError: it could not be done; what was typed is in the prompt again.
        """
        self._remember(text)
        found = find_command(text)
        try:
            if found is None:
                await self._send(text)
            else:
                await self._run(found[0].name, found[1])
        except DevError:
            if not self._pane.prompt.text:
                self._pane.prompt.put(text)
            raise

    def detach(self, index: int) -> None:
        """Take back a file that was to go with the next message."""
        if index < len(self._attachments):
            del self._attachments[index]
            self._show_attachments()

    async def _send(self, text: str) -> None:
        attachments, self._attachments = self._attachments, []
        self._show_attachments()
        # A second slash sends to the app what would be a command here.
        message = text[1:] if text.startswith("//") else text
        try:
            await self._presenter.send(message, attachments)
        except DevError:
            self._attachments = [*attachments, *self._attachments]
            self._show_attachments()
            raise

    async def _attach(self, path: str) -> None:
        if not path:
            raise InvalidInput("Which file? Write /attach and its path; tab completes it.")
        if len(self._attachments) >= _MOST_ATTACHMENTS:
            raise InvalidInput(f"A message takes no more than {_MOST_ATTACHMENTS} files.")
        self._attachments.append(await self._link.keep_file(path))
        self._show_attachments()

    def _show_attachments(self) -> None:
        self._pane.show_attachments([item["name"] for item in self._attachments])

    def _remember(self, text: str) -> None:
        if text.strip():
            self._history.add(text.strip())
            asyncio.get_running_loop().run_in_executor(None, self._history.save)

    async def _run(self, name: str, argument: str) -> None:
        match name, argument:
            case "new", _:
                await self._presenter.new_session(argument or None)
            case "user", user if user:
                await self._presenter.new_session(None, user)
            case "session", session_id if session_id:
                await self._presenter.open_session(session_id)
            case "attach", path:
                await self._attach(path)
            case _:
                self._run_action(_ACTIONS.get(name, name))
