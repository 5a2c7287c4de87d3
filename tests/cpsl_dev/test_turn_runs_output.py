"""Tests of what handlers print and keep, and of what a turn can carry, on real workers."""

from __future__ import annotations

import asyncio
import re
import time

import orjson
import pytest

from cpsl_dev.server import DevServer
from tests.servers import ask, finished, is_alive, wait_for_event, wait_until
from tests.told import begin, output, texts, told

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("healthy")]


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
