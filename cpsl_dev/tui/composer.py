"""What was typed: a message for the app, or a command of the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cpsl_dev.exceptions import DevError
from cpsl_dev.tui.actions import find_command
from cpsl_dev.tui.input_history import InputHistory
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.widgets.prompt import Prompt

# Where a command and its action have other names.
_ACTIONS = {
    "session": "sessions",
    "user": "help",
    "again": "send_again",
    "cancel": "cancel_turn",
    "theme": "change_theme",
}


class Composer:
    """Sends messages and runs commands.

    Args:
        presenter: Knows the session, and sends.
        prompt: Where it was typed; what could not be sent goes back there.
        history: Remembers it for later.
        run_action: Does what a key would.
    """

    def __init__(
        self,
        presenter: Presenter,
        prompt: Prompt,
        history: InputHistory,
        run_action: Callable[[str], object],
    ) -> None:
        self._presenter = presenter
        self._prompt = prompt
        self._history = history
        self._run_action = run_action
        history.load()
        prompt.sent = history.texts

    async def submit(self, text: str) -> None:
        """Take what was typed.

        Raises:
            DevError: it could not be done; a message is in the prompt again.
        """
        self._remember(text)
        found = find_command(text)
        if found is not None:
            await self._run(found[0].name, found[1])
            return
        # A second slash sends to the app what would be a command here.
        message = text[1:] if text.startswith("//") else text
        try:
            await self._presenter.send(message)
        except DevError:
            if not self._prompt.text:
                self._prompt.put(text)
            raise

    def _remember(self, text: str) -> None:
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
            case _:
                self._run_action(_ACTIONS.get(name, name))
