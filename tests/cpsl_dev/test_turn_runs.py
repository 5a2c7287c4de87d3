"""Tests of turns and their ends, whatever a handler does, on real workers."""

from __future__ import annotations

import asyncio
import time

import pytest

from cpsl.records import TurnRecord
from cpsl_dev.server import DevServer
from tests.servers import ask, finished, is_alive, wait_for_event, wait_until
from tests.told import begin, data_as_told, texts, told

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("healthy")]


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
    assert turn.reason == event.fields["reason"]
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
