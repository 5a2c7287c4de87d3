"""A turn as its session sees it: says what happens in it as events, in order, from any thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cpsl.context import raise_if_stopped
from cpsl.data_changes import DataReporter
from cpsl.events import (
    BlockShown,
    EventSink,
    NotificationSent,
    ReplyChunk,
    ReplyFinished,
    ReplySent,
    ReplyStarted,
    RuntimeEvent,
    TurnEnded,
)
from cpsl.files import FileStore
from cpsl.json_values import clean_text
from cpsl.questions import Questions
from cpsl.records import ErrorRecord, JsonObject
from cpsl.session import Session

RunAction = Callable[[Session, str, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every turn of a runtime needs of it.

    `integrations` has what the app declares of each, by name.
    """

    sink: EventSink
    run_action: RunAction
    questions: Questions
    files: FileStore | None
    integrations: dict[str, JsonObject] = field(default_factory=dict)


class Turn:
    """The reply target of one turn's session, or of a hook that runs outside of turns.

    It outlives its end: what a background task of the handler says later is told with the same
    session and turn, and its changes of `session.data` ask to be stored at once.
    """

    def __init__(self, session: Session, turn: int, surroundings: Surroundings) -> None:
        self._session = session
        self._session_id = session.id
        self._turn = turn
        self._around = surroundings
        self._lock = threading.RLock()
        self._reply_count = 0
        self._open_replies: dict[_GrowingReply, None] = {}
        self._reporter = DataReporter(lambda: session.data, self._emit, asyncio.get_running_loop())

    @property
    def files(self) -> FileStore | None:
        """Where files of the conversation are kept, if they can be."""
        return self._around.files

    def reply(self, text: str) -> None:
        """Send a whole reply."""
        raise_if_stopped()
        with self._lock:
            self._reply_count += 1
            self._emit(ReplySent(text=clean_text(text)))

    def open_reply(self) -> _GrowingReply:
        """Prepare a reply in pieces."""
        raise_if_stopped()
        return _GrowingReply(self)

    def notify(self, text: str, detail: str) -> None:
        """Show a transient status line."""
        raise_if_stopped()
        self._emit(NotificationSent(text=clean_text(text), detail=clean_text(detail)))

    def show(self, envelope: dict[str, Any]) -> None:
        """Show a block."""
        raise_if_stopped()
        self._emit(BlockShown(**envelope))

    async def ask(
        self, envelope: dict[str, Any], timeout_seconds: float | None
    ) -> dict[str, Any] | None:
        """Show a prompt and wait for its answer; None if nobody gives one in time."""
        raise_if_stopped()

        def show(payload: JsonObject) -> None:
            self._emit(BlockShown(id=envelope["id"], type=envelope["type"], payload=payload))

        answer = await self._around.questions.ask(
            self._session_id, envelope, show, owner=self, timeout_seconds=timeout_seconds
        )
        raise_if_stopped()
        return answer

    def integration(self, name: str) -> dict[str, Any] | None:
        """Return what the app declares of an integration, if it does."""
        return self._around.integrations.get(name)

    def data_changed(self) -> None:
        """Note that `session.data` changed."""
        self._reporter.data_changed()

    def flush_data(self) -> None:
        """Store what changed in `session.data` now."""
        raise_if_stopped()
        self._reporter.tell(commit=True)

    async def trigger_action(self, name: str, payload: dict[str, Any]) -> Any:
        """Run one of the app's actions and return its value."""
        raise_if_stopped()
        return await self._around.run_action(self._session, name, payload)

    def finish(self) -> None:
        """Finish open replies and tell the last changes of data."""
        for reply in list(self._open_replies):
            reply.finish()
        self._reporter.finish()

    def end(
        self,
        status: Literal["done", "failed", "interrupted"],
        *,
        reason: str = "",
        error: ErrorRecord | None = None,
    ) -> None:
        """Finish, and say how the turn ended."""
        if status == "interrupted":
            # A plain handler may still wait in its thread; nobody will answer it.
            self._around.questions.cancel(self)
        self.finish()
        self._emit(TurnEnded(status=status, reason=reason, error=error))

    def write_reply(self, reply: _GrowingReply, text: str) -> None:
        """Send more text of a reply, and first of all that it begins."""
        raise_if_stopped()
        text = clean_text(text)
        with self._lock:
            if reply not in self._open_replies:
                self._open_replies[reply] = None
                reply.begin(self._reply_count)
                self._reply_count += 1
                self._emit(ReplyStarted(reply=reply.number))
            reply.parts.append(text)
            self._emit(ReplyChunk(reply=reply.number, text=text))

    def finish_reply(self, reply: _GrowingReply) -> None:
        """Say that a reply is complete. Nothing is said of one that never got any text."""
        with self._lock:
            if reply in self._open_replies:
                del self._open_replies[reply]
                self._emit(ReplyFinished(reply=reply.number, text="".join(reply.parts)))

    def _emit(self, event: RuntimeEvent) -> None:
        with self._lock:
            self._around.sink.emit(replace(event, session_id=self._session_id, turn=self._turn))


class _GrowingReply:
    """A reply in pieces.

    One that the end of its turn finished, and that a background task writes to again, goes on as
    a new reply: pieces only ever stand between a start and a finish.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self.number = 0
        self.parts: list[str] = []

    def begin(self, number: int) -> None:
        self.number = number
        self.parts = []

    def write(self, text: str) -> None:
        """Send more text."""
        self._turn.write_reply(self, text)

    def finish(self) -> None:
        """Say that the reply is complete."""
        self._turn.finish_reply(self)
