from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from cpsl.context import stoppable
from cpsl.events import (
    BlockShown,
    DataChanged,
    NotificationSent,
    ReplyChunk,
    ReplyFinished,
    ReplySent,
    ReplyStarted,
    TurnEnded,
)
from cpsl.questions import Questions
from cpsl.records import ErrorRecord
from cpsl.session import Session, SessionChannel, UserInfo, bind_session
from cpsl.turns import Surroundings, Turn
from tests.recorder import Recorder

PLACE: dict[str, Any] = {"session_id": "s1", "turn": 3}


async def run_action(session: Session, name: str, payload: dict[str, Any]) -> Any:
    return [session.id, name, payload]


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


@pytest.fixture
def session() -> Session:
    return Session("s1", UserInfo("dev"), SessionChannel("chat"), data={"n": 1})


@pytest.fixture
async def turn(session: Session, sink: Recorder) -> Turn:
    surroundings = Surroundings(sink=sink, run_action=run_action, questions=Questions(), files=None)
    turn = Turn(session, 3, surroundings)
    bind_session(session, turn)
    return turn


def test_each_event_names_session_and_turn(turn: Turn, sink: Recorder) -> None:
    turn.reply("hi")
    turn.notify("wait", "more")
    turn.show({"id": "b1", "type": "note", "payload": {"a": 1}})

    assert sink.events == [
        ReplySent(text="hi", **PLACE),
        NotificationSent(text="wait", detail="more", **PLACE),
        BlockShown(id="b1", type="note", payload={"a": 1}, **PLACE),
    ]


def test_replies_are_counted_together_whole_and_streamed(turn: Turn, sink: Recorder) -> None:
    turn.reply("whole")
    stream = turn.open_reply()
    stream.write("a")
    stream.write("b")
    stream.finish()
    turn.reply("whole")
    turn.open_reply().write("c")

    assert sink.events[1:5] == [
        ReplyStarted(reply=1, **PLACE),
        ReplyChunk(reply=1, text="a", **PLACE),
        ReplyChunk(reply=1, text="b", **PLACE),
        ReplyFinished(reply=1, text="ab", **PLACE),
    ]
    assert sink.events[6] == ReplyStarted(reply=3, **PLACE)


def test_nothing_is_told_of_a_reply_that_gets_no_text(turn: Turn, sink: Recorder) -> None:
    turn.open_reply().finish()

    assert sink.events == []


def test_two_replies_can_grow_at_once(turn: Turn, sink: Recorder) -> None:
    first, second = turn.open_reply(), turn.open_reply()

    first.write("a")
    second.write("x")
    first.write("b")
    second.finish()
    first.finish()

    finished = [event for event in sink.events if isinstance(event, ReplyFinished)]
    assert [(event.reply, event.text) for event in finished] == [(1, "x"), (0, "ab")]


def test_texts_that_cannot_be_stored_are_cleaned(turn: Turn, sink: Recorder) -> None:
    turn.reply("a\0\ud800")
    turn.open_reply().write("b\0")

    assert isinstance(sink.events[0], ReplySent)
    assert sink.events[0].text == "a\ufffd\ufffd"
    assert sink.events[-1] == ReplyChunk(reply=1, text="b\ufffd", **PLACE)


def test_end_finishes_replies_and_tells_data_before_it(
    turn: Turn, sink: Recorder, session: Session
) -> None:
    turn.open_reply().write("half")
    session.data["n"] = 2

    turn.end("interrupted", reason="cancelled")

    assert sink.events[2:] == [
        ReplyFinished(reply=0, text="half", **PLACE),
        DataChanged(changed={"n": 2}, **PLACE),
        TurnEnded(status="interrupted", reason="cancelled", **PLACE),
    ]


def test_end_carries_the_error(turn: Turn, sink: Recorder) -> None:
    error = ErrorRecord(type="ValueError", message="bad")

    turn.end("failed", error=error)

    assert sink.events == [TurnEnded(status="failed", error=error, **PLACE)]


def test_reply_written_after_the_end_goes_on_as_a_new_one(turn: Turn, sink: Recorder) -> None:
    stream = turn.open_reply()
    stream.write("before")
    turn.end("done")
    sink.events.clear()

    stream.write("after")
    stream.finish()

    assert sink.events == [
        ReplyStarted(reply=1, **PLACE),
        ReplyChunk(reply=1, text="after", **PLACE),
        ReplyFinished(reply=1, text="after", **PLACE),
    ]


async def test_changes_after_the_end_ask_to_be_stored(
    turn: Turn, sink: Recorder, session: Session
) -> None:
    turn.end("done")

    session.data["late"] = 1
    turn.flush_data()

    assert sink.events[-1] == DataChanged(changed={"late": 1}, commit=True, **PLACE)


def test_finish_tells_no_end(turn: Turn, sink: Recorder) -> None:
    turn.finish()

    assert sink.events == []


async def test_action_gets_the_session(turn: Turn) -> None:
    assert await turn.trigger_action("act", {"n": 1}) == ["s1", "act", {"n": 1}]


async def test_stopped_handler_can_say_nothing_more(turn: Turn, sink: Recorder) -> None:
    stop = threading.Event()
    stop.set()

    with stoppable(stop):
        for say in (
            lambda: turn.reply("x"),
            lambda: turn.open_reply(),
            lambda: turn.notify("x", ""),
            lambda: turn.show({}),
            lambda: turn.flush_data(),
        ):
            with pytest.raises(asyncio.CancelledError):
                say()
        with pytest.raises(asyncio.CancelledError):
            await turn.trigger_action("act", {})

    assert sink.events == []


async def test_events_of_many_threads_stay_in_order(turn: Turn, sink: Recorder) -> None:
    def speak(number: int) -> None:
        for _ in range(50):
            stream = turn.open_reply()
            stream.write(f"{number}")
            stream.finish()

    await asyncio.gather(*(asyncio.to_thread(speak, number) for number in range(8)))

    started = [event.reply for event in sink.events if isinstance(event, ReplyStarted)]
    assert started == list(range(400))


async def test_prompt_is_shown_and_completed_in_the_place_of_the_turn(
    session: Session, sink: Recorder
) -> None:
    questions = Questions()
    turn = Turn(
        session,
        3,
        Surroundings(sink=sink, run_action=run_action, questions=questions, files=None),
    )
    payload = {"message": "sure?", "blocking": True}
    asking = asyncio.ensure_future(
        turn.ask({"id": "b1", "type": "approval_prompt", "payload": payload}, 10)
    )
    await sink.seen(lambda event: isinstance(event, BlockShown))

    assert questions.answer("s1", "b1", {"approved": True})

    assert await asking == {"approved": True}
    done = {**payload, "completed": True, "approved": True, "timed_out": False}
    assert sink.events == [
        BlockShown(id="b1", type="approval_prompt", payload=payload, **PLACE),
        BlockShown(id="b1", type="approval_prompt", payload=done, **PLACE),
    ]


async def test_end_of_an_interrupted_turn_ends_what_a_thread_still_asks(
    turn: Turn, sink: Recorder
) -> None:
    envelope = {"id": "b1", "type": "approval_prompt", "payload": {"blocking": True}}
    asking = asyncio.create_task(  # noqa: TID251 - it is awaited here
        asyncio.to_thread(lambda: asyncio.run(turn.ask(envelope, None)))
    )
    await sink.seen(lambda event: isinstance(event, BlockShown))

    turn.end("interrupted")

    assert await asking is None
    assert isinstance(sink.events[-1], TurnEnded)
    assert isinstance(sink.events[-2], BlockShown)
    assert sink.events[-2].payload["cancelled"] is True


def test_declared_integration_is_known(session: Session, sink: Recorder) -> None:
    declared = {"type": "crm", "mode": "secret", "fields": ["key"]}
    surroundings = Surroundings(
        sink=sink,
        run_action=run_action,
        questions=Questions(),
        files=None,
        integrations={"crm": declared},
    )

    async def look() -> tuple[object, object]:
        turn = Turn(session, 3, surroundings)
        return turn.integration("crm"), turn.integration("other")

    assert asyncio.run(look()) == (declared, None)
