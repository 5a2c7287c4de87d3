from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import cpsl.runtime
from cpsl.context import LOCAL_IDENTITY, active_identity, current_session
from cpsl.events import DataChanged, ReplySent
from cpsl.handlers import Declarations, Handler
from cpsl.messages import Message
from cpsl.records import MessageRecord, UserRecord
from cpsl.runtime import Runtime
from cpsl.session import Session
from cpsl.turn_requests import SessionState, TurnRequest
from tests.recorder import Recorder


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


def make_runtime(
    sink: Recorder, message: Callable[..., Any] | None = None, **hooks: Callable[..., Any]
) -> Runtime:
    declared: dict[str, Any] = {name: make_handler(name, hooks[name]) for name in hooks}
    if message is not None:
        declared["messages"] = {None: make_handler("message", message)}
    return Runtime(
        Declarations(name="app", **declared),
        sink,
        is_user_file=lambda file: file == __file__,
        clock=lambda: datetime(2026, 11, 22, tzinfo=UTC),
    )


def make_handler(kind: Any, function: Callable[..., Any]) -> Handler:
    return Handler(kind=kind, name=kind, function=function, file=__file__, line=1)


def make_state() -> SessionState:
    return SessionState(id="s1", user=UserRecord(id="dev"))


def make_request(*, turn: int = 1, is_new: bool) -> TurnRequest:
    message = MessageRecord(text="hi")
    return TurnRequest(session=make_state(), turn=turn, message=message, is_new=is_new)


@pytest.mark.parametrize("is_async", [True, False])
async def test_boot_runs_for_the_owner_without_a_session(sink: Recorder, is_async: bool) -> None:
    seen: list[Any] = []

    def boot() -> None:
        seen.extend([current_session(), active_identity()])

    async def boot_async() -> None:
        boot()

    await make_runtime(sink, boot=boot_async if is_async else boot).boot()

    assert seen == [None, LOCAL_IDENTITY]


async def test_boot_raises_what_the_hook_raises(sink: Recorder) -> None:
    def boot() -> None:
        raise ValueError("cannot start")

    with pytest.raises(ValueError, match="cannot start"):
        await make_runtime(sink, boot=boot).boot()


async def test_app_without_hooks_starts_and_stops(sink: Recorder) -> None:
    runtime = make_runtime(sink)

    await runtime.boot()
    await runtime.close_session(make_state())
    await runtime.shutdown()

    assert sink.events == []


async def test_enter_runs_before_the_first_message_as_a_part_of_its_turn(sink: Recorder) -> None:
    async def enter(session: Session) -> None:
        assert current_session() is session
        session.data["greeted"] = True
        await session.reply("welcome")

    async def handler(session: Session, message: Message) -> None:
        assert session.data["greeted"]
        assert [item.text for item in session.history] == ["welcome"]
        await session.reply("hello")

    runtime = make_runtime(sink, handler, enter=enter)
    await runtime.run_turn(make_request(is_new=True))

    assert sink.texts == ["welcome", "hello"]
    assert sink.end.status == "done"
    assert {event.turn for event in sink.events} == {1}


async def test_enter_does_not_run_again(sink: Recorder) -> None:
    async def enter(session: Session) -> None:
        await session.reply("welcome")

    await make_runtime(sink, enter=enter).run_turn(make_request(turn=2, is_new=False))

    assert sink.texts == []


async def test_failed_enter_fails_the_turn_before_the_handler(sink: Recorder) -> None:
    def enter(session: Session) -> None:
        raise ValueError("no entry")

    async def handler(session: Session, message: Message) -> None:
        await session.reply("hello")

    await make_runtime(sink, handler, enter=enter).run_turn(make_request(is_new=True))

    assert sink.texts == []
    assert sink.end.error is not None
    assert sink.end.error.message == "no entry"


async def test_exit_runs_outside_of_turns(sink: Recorder) -> None:
    async def leave(session: Session) -> None:
        assert current_session() is session
        await session.reply("goodbye")
        session.data["left"] = True

    await make_runtime(sink, exit=leave).close_session(make_state())

    assert sink.events == [
        ReplySent(text="goodbye", session_id="s1", turn=0),
        DataChanged(changed={"left": True}, session_id="s1", turn=0),
    ]


async def test_failed_exit_raises_after_telling_what_it_did(sink: Recorder) -> None:
    def leave(session: Session) -> None:
        session.data["left"] = True
        raise ValueError("no exit")

    with pytest.raises(ValueError, match="no exit"):
        await make_runtime(sink, exit=leave).close_session(make_state())

    assert isinstance(sink.events[-1], DataChanged)


async def test_shutdown_runs_for_the_owner(sink: Recorder) -> None:
    seen: list[Any] = []

    async def shutdown() -> None:
        seen.extend([current_session(), active_identity()])

    await make_runtime(sink, shutdown=shutdown).shutdown()

    assert seen == [None, LOCAL_IDENTITY]


async def test_shutdown_is_not_waited_for_longer_than_allowed(
    sink: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpsl.runtime, "SHUTDOWN_SECONDS", 0.01)

    async def shutdown() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match=r"the shutdown hook shutdown took longer than 0\.01 s"):
        await make_runtime(sink, shutdown=shutdown).shutdown()


async def test_time_limit_of_the_hook_itself_is_raised_as_it_is(sink: Recorder) -> None:
    async def shutdown() -> None:
        raise TimeoutError("the database is slow")

    with pytest.raises(TimeoutError, match="the database is slow"):
        await make_runtime(sink, shutdown=shutdown).shutdown()
