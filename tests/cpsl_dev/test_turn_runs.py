"""Tests of what handlers may do, and what becomes of their turns, on real workers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from itertools import count

import orjson
import pytest
import pytest_asyncio

from cpsl.records import JsonObject, TurnRecord
from cpsl_dev.event_log import Event
from cpsl_dev.patches import apply_patch
from cpsl_dev.server import DevServer
from tests.servers import ask, finished, is_alive, wait_for_event, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

_numbers = count(1)


@pytest.fixture
def session() -> str:
    """The id of a session that no other test uses."""
    return f"s{next(_numbers)}"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def healthy(toolbox: DevServer) -> AsyncIterator[None]:
    """After each test the server answers: whatever it did to a worker is over."""
    yield
    async with asyncio.timeout(15):
        while not (await ask(toolbox, "echo fine", session_id="healthy")).replies:
            continue


async def begin(server: DevServer, session: str, text: str, kind: str = "reply.sent") -> TurnRecord:
    """Send a message, and wait until its handler has told something of this kind."""
    taken = await server.send(session, text, source="http")
    await wait_for_event(server, kind, where=lambda event: event.session_id == session)
    return taken


async def told(server: DevServer, session: str, *kinds: str) -> list[Event]:
    return await server.events(session_id=session, kinds=kinds)


def output(events: Sequence[Event], stream: str = "stdout") -> str:
    return "".join(event.fields["text"] for event in events if event.fields["stream"] == stream)


def texts(turn: TurnRecord) -> list[str]:
    return [reply.text for reply in turn.replies]


async def data_as_told(server: DevServer, session: str) -> JsonObject:
    """Put together the data of a session from its events, as a screen does."""
    data: JsonObject = {}
    for event in await told(server, session, "data.changed"):
        data = apply_patch(data, event.fields["patch"])
    return data


async def test_a_turn_is_told_from_the_message_to_its_end(toolbox: DevServer, session: str) -> None:
    turn = await ask(toolbox, "echo hi", session_id=session)

    kinds = [event.kind for event in await told(toolbox, session)]
    assert kinds == [
        "session.created",
        "message.received",
        "turn.started",
        "reply.sent",
        "turn.finished",
    ]
    assert (turn.status, texts(turn), turn.generation) == (
        "done",
        ["echo hi"],
        toolbox.status()["generation"],
    )
    assert turn.duration_ms is not None
    assert turn.first_reply_ms is not None
    assert 0 < turn.first_reply_ms <= turn.duration_ms


async def test_chunks_are_told_as_they_are_written(toolbox: DevServer, session: str) -> None:
    held = await begin(toolbox, session, f"chunks one two {session}", "reply.chunk")
    await wait_until(lambda: texts(running(toolbox, held)) == ["one two "])

    await ask(toolbox, f"open {session}", session_id="opener")

    turn = await finished(toolbox, held)
    assert [(reply.text, reply.streamed) for reply in turn.replies] == [("one two end", True)]
    events = await told(toolbox, session, "reply.*")
    assert [event.kind for event in events] == [
        "reply.started",
        "reply.chunk",
        "reply.chunk",
        "reply.chunk",
        "reply.finished",
    ]


def running(server: DevServer, turn: TurnRecord) -> TurnRecord:
    record = server._runs.record((turn.session_id, turn.turn))
    assert record is not None
    return record


async def test_data_can_be_seen_while_the_handler_runs(toolbox: DevServer, session: str) -> None:
    held = await begin(toolbox, session, f"live {session}", "data.changed")

    assert (await toolbox.session(session)).data == {"step": 1}

    await ask(toolbox, f"open {session}", session_id="opener")
    turn = await finished(toolbox, held)
    assert (await toolbox.session(session)).data == {"step": 2}
    assert turn.data_patch == [{"op": "add", "path": "/step", "value": 2}]
    assert await data_as_told(toolbox, session) == {"step": 2}


async def test_a_handler_that_raises_fails_its_turn_with_the_place(
    toolbox: DevServer, session: str
) -> None:
    turn = await ask(toolbox, "raise everything", session_id=session)

    assert turn.status == "failed"
    assert turn.error is not None
    assert (turn.error.type, turn.error.message) == ("ValueError", "everything")
    assert turn.error.file == "app.py"
    assert turn.error.text == "raise ValueError(text)"
    (event,) = await told(toolbox, session, "turn.failed")
    assert event.fields["error"]["message"] == "everything"
    assert (await ask(toolbox, "echo on", session_id=session)).status == "done"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("exit", "SystemExit"), ("exit 3", "SystemExit"), ("interrupt", "KeyboardInterrupt")],
)
async def test_a_handler_that_wants_to_end_the_process_only_fails_its_turn(
    toolbox: DevServer, session: str, text: str, kind: str
) -> None:
    generation = toolbox.status()["generation"]

    turn = await ask(toolbox, text, session_id=session)

    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.type == kind
    assert (await ask(toolbox, "echo on", session_id=session)).generation == generation


async def test_a_background_task_that_wants_to_end_the_process_ends_alone(
    toolbox: DevServer, session: str
) -> None:
    turn = await ask(toolbox, "late_exit", session_id=session)

    assert texts(turn) == ["still here"]
    event = await wait_for_event(
        toolbox,
        "output.written",
        where=lambda event: "background task" in event.fields["text"],
    )
    assert event.fields["text"] == "A background task raised SystemExit; it has ended.\n"


@pytest.mark.parametrize("code", [0, 3])
async def test_a_worker_that_exits_interrupts_its_turn_and_another_takes_over(
    toolbox: DevServer, session: str, code: int
) -> None:
    generation = toolbox.status()["generation"]

    turn = await ask(toolbox, f"os_exit {code}", session_id=session)

    assert (turn.status, texts(turn)) == ("interrupted", ["half"])
    (event,) = await told(toolbox, session, "turn.interrupted")
    assert event.fields["reason"] == f"the worker exited {code} during a turn"
    after = await ask(toolbox, "echo on", session_id=session)
    assert (after.status, after.generation) == ("done", generation + 1)


async def test_a_segmentation_fault_takes_back_data_that_was_not_stored(
    toolbox: DevServer, session: str
) -> None:
    await ask(toolbox, 'set {"kept": 1}', session_id=session)

    turn = await ask(toolbox, "segfault", session_id=session)

    assert (turn.status, turn.data_patch) == ("interrupted", [])
    (event,) = await told(toolbox, session, "turn.interrupted")
    assert event.fields["reason"] == ("the worker was ended by signal 11 (SIGSEGV) during a turn")
    assert (await toolbox.session(session)).data == {"kept": 1}
    assert await data_as_told(toolbox, session) == {"kept": 1}


async def test_data_that_was_published_survives_the_worker(
    toolbox: DevServer, session: str
) -> None:
    await ask(toolbox, 'set {"kept": 0}', session_id=session)
    held = await begin(toolbox, session, f"publish {session}", "notification.sent")
    await wait_until(lambda: toolbox._runs.data(session) == {"kept": 2, "lost": 1})

    await ask(toolbox, "os_exit 1", session_id="killer")

    turn = await finished(toolbox, held)
    assert turn.status == "interrupted"
    assert (await toolbox.session(session)).data == {"kept": 1}
    assert await data_as_told(toolbox, session) == {"kept": 1}
    assert turn.data_patch == [{"op": "replace", "path": "/kept", "value": 1}]


async def test_every_turn_of_a_worker_that_dies_is_interrupted(toolbox: DevServer) -> None:
    held = [await begin(toolbox, f"with-{n}", "wait never") for n in range(3)]

    await ask(toolbox, "os_exit 1", session_id="killer")

    ended = [await finished(toolbox, turn) for turn in held]
    assert [turn.status for turn in ended] == ["interrupted"] * 3
    assert [texts(turn) for turn in ended] == [["waiting for never"]] * 3


@pytest.mark.parametrize("how", ["spin", "stubborn"])
async def test_a_handler_that_does_not_let_go_is_left_to_itself(
    toolbox: DevServer, session: str, how: str, impatient: None
) -> None:
    held = await begin(toolbox, session, how)
    (worker,) = [item for item in toolbox.status()["workers"] if item["state"] == "serving"]
    behind = await toolbox.send(session, "echo next", source="http")

    ended = await toolbox.cancel_turn(session, held.turn)

    assert ended.status == "interrupted"
    (event,) = await told(toolbox, session, "turn.interrupted")
    assert event.fields["reason"] == "cancelled; the handler did not let go"
    # What was sent meanwhile runs on a fresh worker, and the stuck one is ended.
    assert texts(await finished(toolbox, behind)) == ["echo next"]
    await wait_until(lambda: not is_alive(worker["pid"]), timeout_seconds=8)


async def test_a_session_of_the_same_id_is_not_mistaken_for_one_that_was_stuck(
    toolbox: DevServer, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.turn_runs._CANCEL_SECONDS", 0.2)
    await begin(toolbox, session, "spin")
    await toolbox.delete_session(session)

    again = await ask(toolbox, "echo new", session_id=session)

    assert (again.turn, again.status, texts(again)) == (1, "done", ["echo new"])


async def test_a_blocked_worker_is_noticed_with_the_line(toolbox: DevServer, session: str) -> None:
    after = toolbox.log.last_seq

    await ask(toolbox, "block 1.6", session_id=session)

    event = await wait_for_event(
        toolbox,
        "worker.blocked",
        after=after,
        where=lambda event: event.fields["text"] == "time.sleep(float(seconds))",
    )
    assert event.fields["file"] == "app.py"
    assert 0.5 <= event.fields["seconds"] < 1.6
    assert "do_block" in event.fields["stack"]


async def test_the_status_is_there_at_once_while_a_handler_spins(
    toolbox: DevServer, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.turn_runs._CANCEL_SECONDS", 0.2)
    held = await begin(toolbox, session, "spin")
    slowest = 0.0
    for _ in range(50):
        started = time.perf_counter()
        toolbox.status()
        await toolbox.session(session)
        slowest = max(slowest, time.perf_counter() - started)
        await asyncio.sleep(0.002)

    await toolbox.cancel_turn(session, held.turn)

    assert slowest < 0.25


async def test_what_is_printed_belongs_to_its_turn(toolbox: DevServer, session: str) -> None:
    turn = await ask(toolbox, "print hello", session_id=session)

    events = await told(toolbox, session, "output.written")
    assert output(events) == "hello\n"
    assert {event.turn for event in events} == {turn.turn}
    kinds = [event.kind for event in await told(toolbox, session)]
    assert kinds.index("output.written") < kinds.index("turn.finished")


async def test_what_a_thread_prints_belongs_to_the_turn_that_started_it(
    toolbox: DevServer, session: str
) -> None:
    await ask(toolbox, "thread it", session_id=session)

    assert output(await told(toolbox, session, "output.written")) == "from a thread it\n"


@pytest.mark.parametrize("text", ["cprint", "system"])
async def test_what_goes_around_python_is_captured_too(
    toolbox: DevServer, session: str, text: str
) -> None:
    after = toolbox.log.last_seq

    await ask(toolbox, f"{text} around-{session}", session_id=session)

    expected = {("stdout", f"around-{session}\n")}
    if text == "system":
        expected.add(("stderr", f"around-{session}\n"))
    found: set[tuple[str, str]] = set()
    while found != expected:
        event = await wait_for_event(toolbox, "output.written", after=after)
        after = event.seq
        found.add((event.fields["stream"], event.fields["text"]))


async def test_a_log_record_is_told_once_even_with_a_handler_of_the_apps_own(
    toolbox: DevServer, session: str
) -> None:
    for number in range(2):
        await ask(toolbox, f"log {number}", session_id=session)

    events = await told(toolbox, session, "log.recorded", "output.written")
    assert [event.fields for event in events] == [
        {"level": "INFO", "logger": "shop", "text": "said 0"},
        {"level": "INFO", "logger": "shop", "text": "said 1"},
    ]


async def test_a_background_task_may_speak_after_its_turn(toolbox: DevServer, session: str) -> None:
    turn = await ask(toolbox, f"later {session}", session_id=session)
    assert texts(turn) == ["now"]

    await ask(toolbox, f"open {session}", session_id="opener")
    await wait_for_event(toolbox, "reply.finished", where=lambda event: event.session_id == session)

    late = await toolbox.turn(session, turn.turn)
    assert (late.status, texts(late)) == ("done", ["now", "late", "late stream"])
    found = await toolbox.session(session)
    assert [entry.text for entry in found.history] == [
        f"later {session}",
        "now",
        "late",
        "late stream",
    ]
    await wait_for_event(toolbox, "data.changed", where=lambda event: event.session_id == session)
    assert (await toolbox.session(session)).data == {"late": True}


async def test_a_background_task_and_a_turn_do_not_erase_each_others_data(
    toolbox: DevServer, session: str
) -> None:
    await ask(toolbox, f"later {session}", session_id=session)
    held = await begin(toolbox, session, f"live {session}-2", "data.changed")
    await ask(toolbox, f"open {session}", session_id="opener")
    await wait_for_event(
        toolbox,
        "data.changed",
        where=lambda event: event.session_id == session and "late" in str(event.fields),
    )

    await ask(toolbox, f"open {session}-2", session_id="opener")
    await finished(toolbox, held)

    assert (await toolbox.session(session)).data == {"late": True, "step": 2}


async def test_a_title_is_kept(toolbox: DevServer, session: str) -> None:
    await ask(toolbox, "title My notes", session_id=session)

    assert (await toolbox.session(session)).title == "My notes"


async def test_notifications_are_kept_with_the_turn(toolbox: DevServer, session: str) -> None:
    turn = await ask(toolbox, "notify working", session_id=session)

    assert [(item.text, item.detail) for item in turn.notifications] == [("working", "more")]


async def test_a_value_that_is_not_json_is_converted_and_told(
    toolbox: DevServer, session: str
) -> None:
    await ask(toolbox, "odd", session_id=session)

    data = (await toolbox.session(session)).data["odd"]
    assert data == {"bytes": "abc", "set": [1], "big": str(2**70), "half": "\\ud800"}
    events = await told(toolbox, session, "data.converted")
    assert {(event.fields["path"], event.fields["type"]) for event in events} >= {
        ("/odd/bytes", "bytes"),
        ("/odd/set", "set"),
        ("/odd/big", "int"),
    }


@pytest.mark.parametrize("depth", [150, 199, 230])
async def test_data_may_be_nested_deeply(toolbox: DevServer, session: str, depth: int) -> None:
    turn = await ask(toolbox, f"deep {depth}", session_id=session)

    assert turn.status == "done"
    found = await toolbox.session(session)
    assert orjson.loads(orjson.dumps(found))["data"] == found.data
    assert found.data["deep"][0][0][0]
    assert (await ask(toolbox, "echo on", session_id=session)).status == "done"


async def test_data_that_is_nested_too_deeply_is_an_error_of_the_handler(
    toolbox: DevServer, session: str
) -> None:
    turn = await ask(toolbox, "deep 5000", session_id=session)

    assert turn.error is not None
    assert turn.error.type == "RecursionError"
    assert (await toolbox.session(session)).data == {}


async def test_a_message_of_ten_megabytes_arrives(toolbox: DevServer, session: str) -> None:
    text = "x" * 10_000_000

    turn = await ask(toolbox, f"length {text}", session_id=session)

    assert texts(turn) == ["10000000"]


async def test_a_long_answer_loses_nothing_and_delays_nobody(
    toolbox: DevServer, session: str
) -> None:
    writing = asyncio.ensure_future(ask(toolbox, "many 20000", session_id=session))
    await wait_for_event(toolbox, "reply.chunk", where=lambda event: event.session_id == session)

    started = time.perf_counter()
    toolbox.status()
    delay = time.perf_counter() - started
    turn = await writing

    assert texts(turn) == ["".join(f"{number}," for number in range(20_000))]
    assert delay < 0.25
    events = await toolbox.events(session_id=session, kinds=["reply.chunk"], limit=100_000)
    assert len(events) == 20_000


async def test_a_child_process_ends_with_its_worker(toolbox: DevServer, session: str) -> None:
    turn = await ask(toolbox, "child", session_id=session)
    child = int(texts(turn)[0])
    assert is_alive(child)

    await ask(toolbox, "os_exit 0", session_id=session)

    await wait_until(lambda: not is_alive(child), timeout_seconds=3)


async def test_numbers_have_no_gaps_whatever_happened(toolbox: DevServer) -> None:
    await ask(toolbox, "echo last", session_id="gaps")

    events = await toolbox.events(limit=1_000_000)

    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert toolbox.log.last_seq >= len(events)
    times = [event.time for event in events]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text) for text in times)
