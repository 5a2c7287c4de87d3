"""What a conversation offers to press: suggestions, links, and sending a message again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cpsl.records import JsonObject
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.block_lines import address_of, suggestions_of
from cpsl_dev.tui.presenter import Presenter
from cpsl_dev.tui.widgets.chat_log import ChatLog

_LONGEST = 200


class Offers:
    """Does what was pressed in the conversation.

    Args:
        presenter: Knows the session, and sends.
        log: Shows the conversation, and draws the pictures in it.
        tell: Says something to the user.
        copy: Puts a text on the clipboard.
        run_action: Does what a key would.
    """

    def __init__(
        self,
        presenter: Presenter,
        log: ChatLog,
        *,
        tell: Callable[[str, bool], None],
        copy: Callable[[str], None],
        run_action: Callable[[str], object],
    ) -> None:
        self._presenter = presenter
        self._log = log
        self._tell = tell
        self._copy = copy
        self._run_action = run_action
        self._coming: set[str] = set()

    async def press(self, turn: int, target: str) -> None:
        """Do what a target of a turn is for."""
        kind, _, rest = target.partition(":")
        match kind:
            case "suggestion":
                await self._take(self._suggestions(turn), int(rest))
            case "again":
                await self._presenter.send_again(int(rest))
            case "url":
                # Nobody but the user goes there: the address may be anything.
                self._copy(rest)
                self._tell(f"The address is copied: {safe_text(rest[:_LONGEST])}", False)
            case "fetch":
                await self._fetch(rest)
            case "answer":
                self._run_action("answer")
            case "traceback":
                self._run_action(f"show_error({int(rest)})")

    async def take_suggestion(self, number: int) -> None:
        """Take one of the newest suggestions, by its number."""
        await self._take(self._suggestions(None), number)

    async def fetch_newest(self) -> None:
        """Fetch the newest picture of the web that is not drawn yet."""
        pictures = self._log.pictures
        for view in reversed(list(self._presenter.conversation.turns)):
            for reply in reversed(view.replies):
                url = address_of(reply.payload) if reply.block_type == "image" else ""
                if pictures.is_to_fetch(url):
                    await self._fetch(url)
                    return
        self._tell(pictures.obstacle or "No picture here is still to be fetched.", True)

    async def _fetch(self, url: str) -> None:
        """Fetch a picture and draw it."""
        # What only a few conversations need; the first frame does not wait for it.
        from cpsl_dev.tui.fetching import PictureNotFetched, fetch_picture  # noqa: PLC0415

        if url in self._coming:
            self._tell("This picture is being fetched.", False)
            return
        self._coming.add(url)
        self._tell(f"Fetching {safe_text(url[:_LONGEST])}", False)
        try:
            picture = await fetch_picture(url)
        finally:
            self._coming.discard(url)
        if not await asyncio.to_thread(self._log.pictures.can_draw, picture):
            raise PictureNotFetched(url, "what is there cannot be drawn")
        self._log.show_picture(url, picture)

    def _suggestions(self, turn: int | None) -> list[JsonObject]:
        """Return what was suggested last, in one turn or in any."""
        for view in reversed(list(self._presenter.conversation.turns)):
            for reply in reversed(view.replies):
                if reply.block_type == "suggestions" and turn in (None, view.turn):
                    return suggestions_of(reply.payload)
        return []

    async def _take(self, suggestions: list[JsonObject], number: int) -> None:
        if number > len(suggestions):
            self._tell("The app suggests nothing with that number.", True)
            return
        chosen = suggestions[number - 1]
        if chosen.get("target", "prompt") != "prompt":
            name = safe_text(str(chosen.get("value")))[:_LONGEST]
            self._tell(f"This runs the action {name!r} of a page, which is not in the chat.", True)
            return
        await self._presenter.send(str(chosen.get("value") or ""))
