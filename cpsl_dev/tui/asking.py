"""Prompts of the app: those that wait are shown, and answers go to the server."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.answers import is_waiting
from cpsl.records import BlockRecord, JsonObject
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import BlockNotWaiting, DevError
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.conversation import Conversation
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.refreshing import Refresh
from cpsl_dev.tui.widgets.question_strip import QuestionStrip

_ENDS = ("turn.finished", "turn.failed", "turn.interrupted", "worker.exited", "session.deleted")
_LONGEST = 120


class Asking:
    """Keeps the questions on the screen those that wait.

    Args:
        link: The way to the server.
        conversation: The session that is shown.
        strip: Where questions are shown.
        folder: Where relative paths in answers start.
        tell: Says something to the user.
        mark_unread: Notes that another session asks.
    """

    def __init__(
        self,
        link: CoreLink,
        conversation: Conversation,
        strip: QuestionStrip,
        *,
        folder: str,
        tell: Callable[[str, bool], None],
        mark_unread: Callable[[str], None],
    ) -> None:
        self._link = link
        self._conversation = conversation
        self._strip = strip
        self._folder = folder
        self._tell = tell
        self._mark_unread = mark_unread
        self._waiting: list[tuple[str, BlockRecord]] = []
        self._told: set[str] = set()
        self._refusing: set[tuple[str, str]] = set()
        self._over: set[tuple[str, str]] = set()
        self._refresh = Refresh(self._read, least_seconds=0.05)

    def take(self, event: Event) -> None:
        """Look again whenever a prompt may have come or gone."""
        waiting = {block.id for _, block in self._waiting}
        fields = event.fields
        comes = event.kind == "block.shown" and (
            fields.get("id") in waiting
            or is_waiting(str(fields.get("type")), fields.get("payload") or {})
        )
        if comes or (waiting and event.kind in _ENDS):
            self._refresh.request()

    def session_opened(self) -> None:
        """Show what the other session asks."""
        self._refresh.request()

    def stop(self) -> None:
        """Look no more."""
        self._refresh.stop()

    async def answer(self, session_id: str, block_id: str, answer: JsonObject) -> None:
        """Answer a prompt; what is wrong with the answer is said beside it."""
        try:
            await self._link.answer_block(session_id, block_id, answer)
        except DevError as error:
            if isinstance(error, BlockNotWaiting):
                self._give_up((session_id, block_id))
            if not self._strip.refuse(block_id, str(error)):
                raise
        finally:
            self._refresh.request()

    def _give_up(self, key: tuple[str, str]) -> None:
        """Show a prompt no more that refuses twice: only something that looks like one does."""
        if key in self._refusing:
            self._over.add(key)
        self._refusing.add(key)

    def turn_to(self) -> None:
        """Go to the question that waits."""
        if self._strip.answer():
            return
        elsewhere = [session_id for session_id, _ in self._waiting]
        if elsewhere:
            self._tell(f"Session {elsewhere[0]!r} asks something: /session {elsewhere[0]}", False)
        else:
            self._tell("The app asks nothing now.", False)

    async def _read(self) -> None:
        waiting = await self._link.waiting_prompts()
        self._waiting = [(at, block) for at, block in waiting if (at, block.id) not in self._over]
        shown = self._conversation.session_id
        here = [block for session_id, block in self._waiting if session_id == shown]
        self._strip.show(shown, here, self._folder)
        for session_id, block in self._waiting:
            if session_id != shown and block.id not in self._told:
                self._told.add(block.id)
                self._mark_unread(session_id)
                question = safe_text(str(block.payload.get("message") or block.type))[:_LONGEST]
                self._tell(f"Session {session_id!r} asks: {question} ^O leads there.", False)
