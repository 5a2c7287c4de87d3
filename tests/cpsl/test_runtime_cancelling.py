from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cpsl.events import (
    DataChanged,
    ReplyChunk,
    ReplyFinished,
    ReplySent,
    TurnEnded,
)
from cpsl.handlers import Declarations, Handler
from cpsl.messages import Message
from cpsl.records import MessageRecord, UserRecord
from cpsl.runtime import Runtime
from cpsl.session import Session
from cpsl.turn_requests import SessionState, TurnRequest
from tests.recorder import DEADLINE_SECONDS, Recorder

PLACE: dict[str, Any] = {"session_id": "s1", "turn": 7}


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


def start(sink: Recorder, function: Callable[..., Any]) -> asyncio.Task[None]:
    """Start a turn of an app with one handler."""
    handler = Handler(kind="message", name="handler", function=function, file=__file__, line=1)
    runtime = Runtime(
        Declarations(name="app", messages={None: handler}),
        sink,
        is_user_file=lambda file: file == __file__,
        clock=lambda: datetime(2026, 11, 22, tzinfo=UTC),
    )
    state = SessionState(id="s1", user=UserRecord(id="dev"))
    request = TurnRequest(session=state, turn=7, message=MessageRecord(text="hi"))
    return asyncio.ensure_future(runtime.run_turn(request))


async def test_cancelled_turn_is_interrupted_and_its_handler_cleans_up(sink: Recorder) -> None:
    async def handler(session: Session, message: Message) -> None:
        try:
            async with session.stream_reply() as reply:
                reply.write("half")
                await asyncio.Event().wait()
        finally:
            session.data["cleaned"] = True

    running = start(sink, handler)
    await sink.seen(lambda event: isinstance(event, ReplyChunk))
    running.cancel()
    await running

    assert sink.events[2:] == [
        ReplyFinished(reply=0, text="half", **PLACE),
        DataChanged(changed={"cleaned": True}, **PLACE),
        TurnEnded(status="interrupted", reason="cancelled", **PLACE),
    ]


async def test_cancelled_turn_of_a_plain_handler_ends_at_once(sink: Recorder) -> None:
    may_go_on, has_ended = threading.Event(), threading.Event()

    def handler(session: Session, message: Message) -> None:
        asyncio.run(session.reply("begun"))
        may_go_on.wait(DEADLINE_SECONDS)
        try:
            asyncio.run(session.reply("too late"))
        finally:
            has_ended.set()

    running = start(sink, handler)
    await sink.seen(lambda event: isinstance(event, ReplySent))
    running.cancel()
    await running
    may_go_on.set()
    await asyncio.to_thread(has_ended.wait, DEADLINE_SECONDS)

    assert sink.end.status == "interrupted"
    assert sink.texts == ["begun"]


async def test_handler_that_swallows_the_cancellation_is_interrupted_too(sink: Recorder) -> None:
    async def handler(session: Session, message: Message) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await session.reply("begun")
            await asyncio.Event().wait()
        await session.reply("goodbye")

    running = start(sink, handler)
    await sink.seen(lambda event: isinstance(event, ReplySent))
    running.cancel()
    await running

    assert sink.texts == ["begun", "goodbye"]
    assert (sink.end.status, sink.end.reason, sink.end.error) == ("interrupted", "cancelled", None)


async def test_error_while_cleaning_up_is_told(sink: Recorder) -> None:
    async def handler(session: Session, message: Message) -> None:
        await session.reply("begun")
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("cannot clean up")

    running = start(sink, handler)
    await sink.seen(lambda event: isinstance(event, ReplySent))
    running.cancel()
    await running

    assert sink.end.status == "interrupted"
    assert sink.end.error is not None
    assert sink.end.error.message == "cannot clean up"


async def test_background_task_goes_on_after_the_turn(sink: Recorder) -> None:
    may_go_on = asyncio.Event()
    tasks: list[asyncio.Future[None]] = []

    async def work(session: Session) -> None:
        await may_go_on.wait()
        await session.reply("late")
        session.data["late"] = True

    async def handler(session: Session, message: Message) -> None:
        tasks.append(asyncio.ensure_future(work(session)))

    await start(sink, handler)
    assert sink.end.status == "done"
    may_go_on.set()
    await sink.seen(lambda event: isinstance(event, DataChanged))

    assert sink.events[1:] == [
        ReplySent(text="late", **PLACE),
        DataChanged(changed={"late": True}, commit=True, **PLACE),
    ]
    await asyncio.gather(*tasks)
