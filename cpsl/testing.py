"""Drive an app in a test, in memory: no dev server, no files, no network.

async with cpsl.testing.run(app) as client:
    answer = await client.send("hi", session="s1")
    assert answer.text == "hello"
    assert client.session("s1").data == {"greeted": True}
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sysconfig
import tempfile
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

from cpsl.answers import is_waiting, read_answer
from cpsl.app import app_of
from cpsl.clock import to_iso, utc_now
from cpsl.events import (
    BlockShown,
    DataChanged,
    NotificationSent,
    ReplyFinished,
    ReplySent,
    ReplyStarted,
    RuntimeEvent,
    TurnEnded,
)
from cpsl.files import FileStore
from cpsl.handlers import Declarations
from cpsl.messages import Attachment
from cpsl.records import (
    BlockRecord,
    ErrorRecord,
    HistoryEntry,
    JsonObject,
    JsonPatch,
    MessageRecord,
    NotificationRecord,
    ReplyRecord,
    TurnRecord,
    TurnStatus,
    UserRecord,
)
from cpsl.runtime import Runtime
from cpsl.turn_requests import SessionState, TurnRequest, with_blocks
from cpsl.users import UserInfo

LOCAL_USER = UserInfo("dev", "dev@localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(TurnRecord):
    """A turn that is over: what the app said and did about one message."""

    @property
    def text(self) -> str:
        """All replies, with a blank line between them."""
        return "\n\n".join(reply.text for reply in self.replies)


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A session as it is kept between messages. A test may change it between turns."""

    id: str
    user: UserInfo = field(default_factory=lambda: LOCAL_USER)
    channel: str = "chat"
    data: JsonObject = field(default_factory=dict)
    integrations: JsonObject = field(default_factory=dict)
    history: list[HistoryEntry] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


class Client:
    """Talks to an app; made by `run`."""

    def __init__(self, declarations: Declarations) -> None:
        self._sink = _Sink(self._answer)
        self._folder = os.path.join(tempfile.gettempdir(), f"cpsl-testing-{os.urandom(8).hex()}")
        self._files = FileStore(os.path.join(self._folder, "files"))
        self._runtime = Runtime(
            declarations,
            self._sink,
            is_user_file=is_user_file,
            clock=utc_now,
            files=self._files,
        )
        self._locks: dict[str, asyncio.Lock] = {}

    async def start(self) -> None:
        """Run the boot hook."""
        await self._runtime.boot()

    async def stop(self) -> None:
        """Run the shutdown hook, and forget the files that were kept."""
        try:
            await self._runtime.shutdown()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def session(self, session_id: str) -> Conversation:
        """Return a session, which is made if there is none of that id."""
        return self._sink.conversation(session_id)

    async def send(
        self,
        text: str,
        *,
        session: str = "test",
        chat: str | None = None,
        attachments: Sequence[Attachment] = (),
        answers: Sequence[JsonObject] = (),
    ) -> Answer:
        """Send a message, and wait until its handler is through.

        A handler that raises gives an answer with `status` "failed" and an `error`.

        Args:
            answers: What the prompts of the handler are answered, in order, as over HTTP:
                `{"approved": True}`, `{"path": "a.csv"}`. Those that are left over are not used;
                a prompt without one is treated as if its time were up.
        """
        conversation = self.session(session)
        async with self._locks.setdefault(session, asyncio.Lock()):
            message = MessageRecord(
                text=text,
                channel_type=conversation.channel,
                timestamp=to_iso(utc_now()),
                attachments=[attachment.to_dict() for attachment in attachments],
            )
            running = _RunningTurn(conversation, message, answers)
            request = TurnRequest(
                session=_state_of(conversation),
                turn=running.number,
                message=message,
                chat=chat,
                is_new=running.number == 1,
            )
            self._sink.begin(running)
            await self._runtime.run_turn(request)
            return self._sink.end(running)

    async def close_session(self, session_id: str) -> None:
        """Run the exit hook of a session, and forget the session; raises what the hook raises."""
        try:
            await self._runtime.close_session(_state_of(self.session(session_id)))
        finally:
            self._sink.forget(session_id)

    def _answer(
        self, conversation: Conversation, event: BlockShown, given: JsonObject | None
    ) -> None:
        """Answer a prompt; nobody is there where a test gives no answer."""
        answer = None
        if given is not None:
            answer = read_answer(
                event.type, event.payload, given, files=self._files, folder=os.getcwd()
            )
            if "credentials" in answer:
                conversation.integrations[event.payload["type"]] = answer["credentials"]
        self._runtime.answer_block(conversation.id, event.id, answer)


@asynccontextmanager
async def run(app: Any) -> AsyncIterator[Client]:
    """Boot an app, yield a client to talk to it, and shut it down.

    Args:
        app: A `cpsl.App`, or the class of a class-based app.

    Raises:
        TypeError: It is neither.
    """
    client = Client(_declarations_of(app))
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


def is_user_file(file: str) -> bool:
    """Tell whether code of `file` belongs to an app: neither installed nor part of this package."""
    return os.path.isabs(file) and not file.startswith(_INSTALLED)


_INSTALLED = (
    os.path.dirname(os.path.abspath(__file__)) + os.sep,
    *{sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")},
)


def _declarations_of(app: Any) -> Declarations:
    if isinstance(app, Declarations):
        return app
    if (found := app_of(app)) is None:
        raise TypeError(f"cpsl.testing.run takes a cpsl.App, not {app!r}")
    return found.declarations()


def _state_of(conversation: Conversation) -> SessionState:
    user = conversation.user
    blocks = [(answer.turn, block) for answer in conversation.answers for block in answer.blocks]
    return SessionState(
        id=conversation.id,
        user=UserRecord(id=user.id, email=user.email, org_id=user.org_id, owner_id=user.owner_id),
        channel=conversation.channel,
        data=conversation.data,
        history=with_blocks(list(conversation.history), blocks),
        integrations=conversation.integrations,
    )


class _RunningTurn:
    """What has happened in a turn so far."""

    def __init__(
        self, conversation: Conversation, message: MessageRecord, answers: Sequence[JsonObject]
    ) -> None:
        self.answers = deque(answers)
        self.conversation = conversation
        self.message = message
        self.number = len(conversation.answers) + 1
        self.started = utc_now()
        self.replies: list[ReplyRecord] = []
        self.notifications: list[NotificationRecord] = []
        self.blocks: dict[str, BlockRecord] = {}
        self.patch: JsonPatch = []
        self.first_reply_ms: float | None = None
        self.status: TurnStatus = "running"
        self.error: ErrorRecord | None = None
        self._began = perf_counter()

    def elapsed_ms(self) -> float:
        return (perf_counter() - self._began) * 1000

    def answer(self) -> Answer:
        return Answer(
            session_id=self.conversation.id,
            turn=self.number,
            generation=None,
            status=self.status,
            message=self.message,
            replies=list(self.replies),
            notifications=list(self.notifications),
            blocks=list(self.blocks.values()),
            data_patch=list(self.patch),
            error=self.error,
            started_at=to_iso(self.started),
            duration_ms=self.elapsed_ms(),
            first_reply_ms=self.first_reply_ms,
        )


class _Sink:
    """Keeps sessions by what their turns tell, and has their prompts answered."""

    def __init__(
        self, answer: Callable[[Conversation, BlockShown, JsonObject | None], None]
    ) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._conversations: dict[str, Conversation] = {}
        self._running: dict[str, _RunningTurn] = {}

    def conversation(self, session_id: str) -> Conversation:
        with self._lock:
            return self._conversations.setdefault(session_id, Conversation(id=session_id))

    def forget(self, session_id: str) -> None:
        with self._lock:
            self._conversations.pop(session_id, None)

    def begin(self, turn: _RunningTurn) -> None:
        with self._lock:
            self._running[turn.conversation.id] = turn
            _remember(turn.conversation, turn.number, turn.message)

    def end(self, turn: _RunningTurn) -> Answer:
        with self._lock:
            del self._running[turn.conversation.id]
            answer = turn.answer()
            turn.conversation.answers.append(answer)
            return answer

    def emit(self, event: RuntimeEvent) -> None:
        with self._lock:
            conversation = self._conversations.get(event.session_id or "")
            turn = self._running.get(event.session_id or "")
            if turn is not None and turn.number == event.turn:
                _record(turn, event)
            if conversation is None:
                return
            _apply(conversation, event)
            if not isinstance(event, BlockShown) or not is_waiting(event.type, event.payload):
                return
            answers = turn.answers if turn is not None else deque[JsonObject]()
            given = answers.popleft() if answers else None
        # Outside of the lock: the answer is told as well.
        self._answer(conversation, event, given)


def _record(turn: _RunningTurn, event: RuntimeEvent) -> None:
    if isinstance(event, ReplySent | ReplyStarted) and turn.first_reply_ms is None:
        turn.first_reply_ms = turn.elapsed_ms()
    match event:
        case ReplySent(text=text):
            turn.replies.append(ReplyRecord(text=text, streamed=False))
        case ReplyFinished(text=text):
            turn.replies.append(ReplyRecord(text=text, streamed=True))
        case NotificationSent(text=text, detail=detail):
            turn.notifications.append(NotificationRecord(text=text, detail=detail))
        case BlockShown(id=block_id, type=kind, payload=payload):
            known = turn.blocks.get(block_id)
            after = len(turn.replies) if known is None else known.after
            turn.blocks[block_id] = BlockRecord(
                id=block_id, type=kind, payload=payload, after=after
            )
        case DataChanged():
            turn.patch += _patch_of(turn.conversation.data, event)
        case TurnEnded(status=status, error=error):
            turn.status, turn.error = status, error


def _apply(conversation: Conversation, event: RuntimeEvent) -> None:
    match event:
        case ReplySent(text=text) | ReplyFinished(text=text):
            record = MessageRecord(
                text=text,
                sender="app",
                channel_type=conversation.channel,
                timestamp=to_iso(utc_now()),
            )
            _remember(conversation, event.turn or 0, record)
        case DataChanged(changed=changed, removed=removed):
            conversation.data.update(changed)
            for key in removed:
                conversation.data.pop(key, None)


def _remember(conversation: Conversation, turn: int, message: MessageRecord) -> None:
    index = len(conversation.history)
    conversation.history.append(HistoryEntry(index=index, turn=turn, **asdict(message)))


def _patch_of(data: JsonObject, event: DataChanged) -> JsonPatch:
    patch: JsonPatch = []
    for key, value in event.changed.items():
        patch.append(
            {"op": "replace" if key in data else "add", "path": f"/{_pointer(key)}", "value": value}
        )
    patch += [{"op": "remove", "path": f"/{_pointer(key)}"} for key in event.removed]
    return patch


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
