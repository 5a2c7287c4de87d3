from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from cpsl.context import Identity, active_identity, current_session
from cpsl.events import (
    DataChanged,
    ReplyFinished,
    ReplySent,
    TurnEnded,
)
from cpsl.handlers import Declarations, Handler, HandlerKind
from cpsl.messages import Event, Message
from cpsl.records import HistoryEntry, MessageRecord, UserRecord
from cpsl.runtime import Runtime
from cpsl.session import Session
from cpsl.turn_requests import SessionState, TurnRequest
from tests.recorder import DEADLINE_SECONDS, Recorder

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


def make_handler(
    function: Callable[..., Any], kind: HandlerKind = "message", name: str = "handler"
) -> Handler:
    return Handler(kind=kind, name=name, function=function, file=__file__, line=1)


def make_runtime(
    sink: Recorder, message: Callable[..., Any] | None = None, **declared: Any
) -> Runtime:
    messages = {} if message is None else {None: make_handler(message)}
    return Runtime(
        Declarations(name="app", **{"messages": messages, **declared}),
        sink,
        is_user_file=lambda file: file == __file__,
        clock=lambda: NOW,
    )


def make_state(**changes: Any) -> SessionState:
    user = UserRecord(id="dev", email="dev@localhost", owner_id="dev")
    return SessionState(**{"id": "s1", "user": user, **changes})


def make_request(**changes: Any) -> TurnRequest:
    return TurnRequest(
        **{
            "session": make_state(),
            "turn": 1,
            "message": MessageRecord(text="hi", timestamp="2026-11-22T11:00:00Z"),
            **changes,
        }
    )


# Turns


async def test_handler_gets_session_and_message(sink: Recorder) -> None:
    seen: list[Any] = []

    async def handler(session: Session, message: Message) -> None:
        seen.extend([session, message, current_session(), active_identity()])
        await session.reply(f"you said {message.text}")

    await make_runtime(sink, handler).run_turn(make_request())

    session, message, current, identity = seen
    assert current is session
    assert identity == Identity(
        user_id="dev", owner_id="dev", email="dev@localhost", session_id="s1"
    )
    assert message == Message("hi", "user", "chat", timestamp=NOW.timestamp() - 3600)
    assert sink.events == [
        ReplySent(text="you said hi", session_id="s1", turn=1),
        TurnEnded(status="done", session_id="s1", turn=1),
    ]
    assert current_session() is None


async def test_message_without_a_time_is_dated_by_the_clock(sink: Recorder) -> None:
    seen: list[float] = []

    def handler(session: Session, message: Message) -> None:
        seen.append(message.timestamp)

    await make_runtime(sink, handler).run_turn(make_request(message=MessageRecord(text="hi")))

    assert seen == [NOW.timestamp()]


async def test_history_is_what_was_said_before(sink: Recorder) -> None:
    entry = HistoryEntry(
        index=0, sender="app", text="welcome", channel_type="chat", timestamp="", turn=0
    )

    async def handler(session: Session, message: Message) -> None:
        assert [item.text for item in session.history] == ["welcome"]
        await session.reply("one")
        assert [item.text for item in session.history] == ["welcome", "one"]

    await make_runtime(sink, handler).run_turn(make_request(session=make_state(history=[entry])))

    assert sink.end.status == "done"


async def test_app_without_a_handler_does_nothing(sink: Recorder) -> None:
    await make_runtime(sink).run_turn(make_request())

    assert sink.events == [TurnEnded(status="done", session_id="s1", turn=1)]


async def test_changed_data_is_told_before_the_end(sink: Recorder) -> None:
    async def handler(session: Session, message: Message) -> None:
        session.data["n"] += 1
        del session.data["old"]

    request = make_request(session=make_state(data={"n": 1, "old": 2}))
    await make_runtime(sink, handler).run_turn(request)

    assert [event for event in sink.events if isinstance(event, DataChanged)] == [
        DataChanged(changed={"n": 2}, removed=["old"], session_id="s1", turn=1)
    ]
    assert request.session.data == {"n": 1, "old": 2}


async def test_data_is_told_while_the_handler_runs(sink: Recorder) -> None:
    may_end = asyncio.Event()

    async def handler(session: Session, message: Message) -> None:
        session.data["step"] = 1
        await may_end.wait()

    running = asyncio.ensure_future(make_runtime(sink, handler).run_turn(make_request()))
    event = await sink.seen(lambda event: isinstance(event, DataChanged))
    may_end.set()
    await running

    assert event == DataChanged(changed={"step": 1}, session_id="s1", turn=1)


@pytest.mark.parametrize("is_async", [True, False])
async def test_handler_that_raises_fails_the_turn_and_keeps_what_it_did(
    sink: Recorder, is_async: bool
) -> None:
    def plain(session: Session, message: Message) -> None:
        session.data["n"] = 1
        session.stream_reply().write("half an ans")
        raise ValueError("bad")

    async def handler(session: Session, message: Message) -> None:
        plain(session, message)

    await make_runtime(sink, handler if is_async else plain).run_turn(make_request())

    assert isinstance(sink.events[-3], ReplyFinished)
    assert sink.events[-3].text == "half an ans"
    assert isinstance(sink.events[-2], DataChanged)
    assert sink.end.status == "failed"
    error = sink.end.error
    assert error is not None
    assert (error.type, error.message, error.file) == ("ValueError", "bad", __file__)
    assert error.text == 'raise ValueError("bad")'
    assert error.traceback.count("File ") == (2 if is_async else 1)


@pytest.mark.parametrize(
    "error", [SystemExit(2), KeyboardInterrupt(), asyncio.CancelledError(), StopIteration()]
)
@pytest.mark.parametrize("is_async", [True, False])
async def test_turn_ends_whatever_is_raised(
    sink: Recorder, error: BaseException, is_async: bool
) -> None:
    def plain(session: Session, message: Message) -> None:
        raise error

    async def handler(session: Session, message: Message) -> None:
        plain(session, message)

    await make_runtime(sink, handler if is_async else plain).run_turn(make_request())

    assert sink.end.status == "failed"
    assert sink.end.error is not None
    assert sink.end.error.file == __file__


async def test_exit_of_the_process_is_an_error_of_the_handler(sink: Recorder) -> None:
    def handler(session: Session, message: Message) -> None:
        sys.exit("enough")

    await make_runtime(sink, handler).run_turn(make_request())

    assert sink.end.error is not None
    assert (sink.end.error.type, sink.end.error.message) == ("SystemExit", "enough")


async def test_chat_that_is_asked_for_answers_and_is_remembered(sink: Recorder) -> None:
    async def support(session: Session, message: Message) -> None:
        await session.reply("support")

    runtime = make_runtime(sink, messages={"support": make_handler(support)})
    await runtime.run_turn(make_request(chat="support"))

    assert sink.texts == ["support"]
    assert sink.events[1] == DataChanged(
        changed={"__chat_name__": "support"}, session_id="s1", turn=1
    )


async def test_unknown_chat_fails_the_turn(sink: Recorder) -> None:
    await make_runtime(sink).run_turn(make_request(chat="x"))

    assert sink.end.error is not None
    assert sink.end.error.message == "Unknown chat surface 'x'. Available named chats: none"
    assert sink.end.error.traceback.splitlines()[-1].startswith("RuntimeError: Unknown chat")


async def test_action_runs_with_an_event_and_returns_its_value(sink: Recorder) -> None:
    async def act(session: Session, event: Event) -> str:
        await session.reply(f"acting on {event.payload}")
        return event.name

    async def handler(session: Session, message: Message) -> None:
        await session.reply(await session.trigger_action("act", {"n": 1}))
        await session.trigger_action("unknown")

    runtime = make_runtime(sink, handler, actions={"act": make_handler(act, "action")})
    await runtime.run_turn(make_request())

    assert sink.texts == ["acting on {'n': 1}", "act"]
    assert sink.end.error is not None
    assert sink.end.error.message == "Unknown action 'unknown'. Available actions: act"
    assert sink.end.error.text == 'await session.trigger_action("unknown")'


async def test_sessions_run_side_by_side(sink: Recorder) -> None:
    barrier = threading.Barrier(2)

    def handler(session: Session, message: Message) -> None:
        barrier.wait(DEADLINE_SECONDS)
        session.data["id"] = current_session().id  # type: ignore[union-attr]

    runtime = make_runtime(sink, handler)
    await asyncio.gather(
        *(runtime.run_turn(make_request(session=make_state(id=name))) for name in ("a", "b"))
    )

    changes = {e.session_id: e.changed for e in sink.events if isinstance(e, DataChanged)}
    assert changes == {"a": {"id": "a"}, "b": {"id": "b"}}


# Ways to write a handler


async def test_callable_objects_and_partials_are_handlers(sink: Recorder) -> None:
    class Answer:
        async def __call__(self, session: Session, message: Message) -> None:
            await session.reply("object")

    async def handler(text: str, session: Session, message: Message) -> None:
        await session.reply(text)

    await make_runtime(sink, Answer()).run_turn(make_request())
    await make_runtime(sink, partial(handler, "partial")).run_turn(make_request())
    await make_runtime(sink, lambda *args: handler("lambda", *args)).run_turn(make_request())

    assert sink.texts == ["object", "partial", "lambda"]


async def test_plain_handler_runs_off_the_loop_with_its_session(sink: Recorder) -> None:
    seen: list[Any] = []

    def handler(session: Session, message: Message) -> None:
        seen.extend([current_session() is session, threading.current_thread()])
        asyncio.run(session.reply("plain"))

    await make_runtime(sink, handler).run_turn(make_request())

    assert seen[0] is True
    assert seen[1] is not threading.current_thread()
    assert sink.texts == ["plain"]


async def test_all_that_a_handler_starts_sees_its_session(sink: Recorder) -> None:
    def speak(name: str) -> None:
        session = current_session()
        assert session is not None
        asyncio.run(session.reply(name))

    async def speak_soon() -> None:
        await asyncio.sleep(0)
        session = current_session()
        assert session is not None
        await session.reply("task")

    async def handler(session: Session, message: Message) -> None:
        await asyncio.ensure_future(speak_soon())
        await asyncio.to_thread(speak, "to_thread")
        await asyncio.get_running_loop().run_in_executor(None, speak, "run_in_executor")
        with ThreadPoolExecutor(1) as pool:
            await asyncio.to_thread(pool.submit(speak, "submit").result)
        thread = threading.Thread(target=speak, args=("thread",))
        thread.start()
        await asyncio.to_thread(thread.join)

    await make_runtime(sink, handler).run_turn(make_request())

    assert sink.end.error is None
    assert sink.texts == ["task", "to_thread", "run_in_executor", "submit", "thread"]
