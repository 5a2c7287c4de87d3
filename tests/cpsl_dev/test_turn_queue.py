"""Tests of the order in which things happen in a session, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from cpsl.records import TurnRecord
from cpsl_dev.exceptions import (
    NoGeneration,
    QueueFull,
    SessionNotFound,
    StoreUnavailable,
    TurnNotFound,
    TurnOver,
)
from cpsl_dev.server import DevServer
from tests.servers import ask, finished, make_config, wait_for_event, wait_until, write_app
from tests.toolbox import TOOLBOX

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def send(server: DevServer, session_id: str, text: str) -> TurnRecord:
    return await server.send(session_id, text, source="http")


async def is_running(server: DevServer, turn: TurnRecord) -> None:
    """Wait until the handler of a turn has said that it waits."""
    await wait_for_event(
        server,
        "reply.sent",
        where=lambda event: (event.session_id, event.turn) == (turn.session_id, turn.turn),
    )


async def replies(server: DevServer, turn: TurnRecord) -> list[str]:
    return [reply.text for reply in (await finished(server, turn)).replies]


async def test_turns_of_a_session_run_in_the_order_they_came(toolbox: DevServer) -> None:
    taken = [await send(toolbox, "order", "count") for _ in range(20)]

    answers = [await replies(toolbox, turn) for turn in taken]

    # Each sees what the one before has stored: its data and its two entries of history.
    assert answers == [[f"{number + 1} {2 * number}"] for number in range(20)]
    assert [turn.turn for turn in taken] == list(range(1, 21))


async def test_messages_that_come_at_once_all_run_in_the_order_of_their_numbers(
    toolbox: DevServer,
) -> None:
    taken = await asyncio.gather(*(send(toolbox, "rush", "count") for _ in range(20)))

    answers = {turn.turn: await replies(toolbox, turn) for turn in taken}

    assert answers == {number: [f"{number} {2 * (number - 1)}"] for number in range(1, 21)}


async def test_sessions_run_side_by_side(toolbox: DevServer) -> None:
    held = await send(toolbox, "side-a", "wait side")

    assert (await ask(toolbox, "echo b", session_id="side-b")).status == "done"

    assert (await toolbox.turn("side-a", held.turn)).status in ("queued", "running")
    await ask(toolbox, "open side", session_id="side-b")
    assert await replies(toolbox, held) == ["waiting for side", "done"]


async def test_a_session_is_busy_while_a_turn_runs_or_waits(toolbox: DevServer) -> None:
    held = await send(toolbox, "busy", "wait busy")
    assert (await toolbox.session("busy")).busy

    await ask(toolbox, "open busy", session_id="busy-opener")
    await finished(toolbox, held)

    await wait_until(lambda: not toolbox._queue.is_busy("busy"))
    assert not (await toolbox.session("busy")).busy


async def test_a_turn_that_waits_can_be_cancelled_and_never_runs(toolbox: DevServer) -> None:
    held = await send(toolbox, "drop", "wait drop")
    waiting = await send(toolbox, "drop", "mark dropped.txt")

    ended = await toolbox.cancel_turn("drop", waiting.turn)

    assert (ended.status, ended.started_at) == ("interrupted", None)
    assert ended.reason == "cancelled before it ran"
    event = await wait_for_event(
        toolbox, "turn.interrupted", where=lambda event: event.session_id == "drop"
    )
    assert event.fields["reason"] == "cancelled before it ran"
    await ask(toolbox, "open drop", session_id="drop-opener")
    await finished(toolbox, held)
    assert not (toolbox.config.entry.folder / "dropped.txt").exists()
    history = (await toolbox.session("drop")).history
    assert sorted(entry.text for entry in history if entry.sender == "user") == [
        "mark dropped.txt",
        "wait drop",
    ]


async def test_a_turn_that_runs_can_be_cancelled_and_keeps_what_it_said(
    toolbox: DevServer,
) -> None:
    held = await send(toolbox, "cancel", "wait never")
    await is_running(toolbox, held)

    ended = await toolbox.cancel_turn("cancel", held.turn)

    assert ended.status == "interrupted"
    assert [reply.text for reply in ended.replies] == ["waiting for never"]
    assert (await ask(toolbox, "echo on", session_id="cancel")).status == "done"


async def test_a_handler_may_clean_up_when_it_is_cancelled(toolbox: DevServer) -> None:
    held = await send(toolbox, "cleanup", "cleanup")
    await is_running(toolbox, held)

    ended = await toolbox.cancel_turn("cleanup", held.turn)

    assert [reply.text for reply in ended.replies] == ["begun", "cleaned up"]


async def test_a_turn_can_be_cancelled_from_its_first_moment_on(toolbox: DevServer) -> None:
    for number in range(15):
        held = await send(toolbox, f"moment-{number}", "wait never")
        for _ in range(number):
            await asyncio.sleep(0)

        ended = await toolbox.cancel_turn(f"moment-{number}", held.turn)

        assert ended.status == "interrupted"


async def test_a_turn_is_cancelled_once(toolbox: DevServer) -> None:
    held = await send(toolbox, "twice", "wait never")
    await is_running(toolbox, held)

    results = await asyncio.gather(
        *(toolbox.cancel_turn("twice", held.turn) for _ in range(3)), return_exceptions=True
    )

    assert all(
        isinstance(result, TurnOver) or getattr(result, "status", "") == "interrupted"
        for result in results
    )
    events = await toolbox.events(kinds=["turn.interrupted"], session_id="twice")
    assert len(events) == 1


async def test_what_is_over_or_not_there_cannot_be_cancelled(toolbox: DevServer) -> None:
    done = await ask(toolbox, "echo a", session_id="over")

    with pytest.raises(TurnOver, match="is over: it is done"):
        await toolbox.cancel_turn("over", done.turn)
    with pytest.raises(TurnNotFound):
        await toolbox.cancel_turn("over", 99)
    with pytest.raises(TurnNotFound):
        await toolbox.cancel_turn("over", 2**70)
    with pytest.raises(SessionNotFound):
        await toolbox.cancel_turn("nobody", 1)


async def test_whoever_sends_may_leave_and_the_message_is_run(toolbox: DevServer) -> None:
    for number in range(6):
        session_id = f"left-{number}"
        sending = asyncio.ensure_future(send(toolbox, session_id, "echo a"))
        for _ in range(number):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait({sending})

    await ask(toolbox, "echo last", session_id="left-last")
    for number in range(1, 6):
        turn = await toolbox.wait_turn(f"left-{number}", 1)
        assert turn.status == "done"


async def test_a_session_takes_a_hundred_waiting_turns_and_no_more(toolbox: DevServer) -> None:
    held = await send(toolbox, "full", "wait full")
    await is_running(toolbox, held)

    results = await asyncio.gather(
        *(send(toolbox, "full", "echo a") for _ in range(130)), return_exceptions=True
    )

    taken = [result for result in results if isinstance(result, TurnRecord)]
    refused = [result for result in results if isinstance(result, QueueFull)]
    assert (len(taken), len(refused)) == (100, 30)
    assert str(refused[0]) == "100 turns wait in session 'full' already. Try again soon."
    assert len(await toolbox.turns("full")) == 101
    # Another session is not affected, and this one takes more once there is room.
    await ask(toolbox, "open full", session_id="full-opener")
    for turn in taken:
        assert (await finished(toolbox, turn)).status == "done"
    assert (await ask(toolbox, "echo b", session_id="full")).status == "done"


async def test_the_server_takes_a_thousand_waiting_turns_and_no_more(
    toolbox: DevServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.turn_queue._MAX_WAITING_IN_ALL", 20)
    held = [await send(toolbox, f"all-{number}", "wait all") for number in range(4)]
    for turn in held:
        await is_running(toolbox, turn)

    results = await asyncio.gather(
        *(send(toolbox, f"all-{number % 4}", "echo a") for number in range(40)),
        return_exceptions=True,
    )

    taken = [result for result in results if isinstance(result, TurnRecord)]
    refused = [result for result in results if isinstance(result, QueueFull)]
    assert (len(taken), len(refused)) == (20, 20)
    assert str(refused[0]) == "20 turns wait in all already. Try again soon."
    await ask_past_limit(toolbox, monkeypatch, "open all")
    for turn in taken:
        await finished(toolbox, turn)


async def ask_past_limit(
    server: DevServer, monkeypatch: pytest.MonkeyPatch, text: str
) -> TurnRecord:
    monkeypatch.undo()
    return await ask(server, text, session_id="opener")


async def test_a_message_that_cannot_be_stored_leaves_no_place_taken(
    toolbox: DevServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(operation: Callable[..., object]) -> None:
        raise StoreUnavailable("no room")

    with monkeypatch.context() as patched:
        patched.setattr(toolbox._journal, "write", refuse)
        for _ in range(150):
            with pytest.raises(StoreUnavailable):
                await send(toolbox, "room", "echo a")

    assert (await ask(toolbox, "echo a", session_id="room")).status == "done"
    assert toolbox._queue._places.total() == 0


async def test_an_edit_waits_for_the_turns_before_it(toolbox: DevServer) -> None:
    held = await send(toolbox, "edit", "wait edit")
    waiting = await send(toolbox, "edit", 'set {"n": 1}')
    patching = asyncio.ensure_future(toolbox.patch_data("edit", {"n": 5, "m": 1}))
    later = asyncio.ensure_future(send(toolbox, "edit", "show n"))
    await asyncio.wait({patching}, timeout=0.05)
    assert not patching.done()

    await ask(toolbox, "open edit", session_id="edit-opener")

    data, _ = await patching
    assert data == {"n": 5, "m": 1}
    for turn in (held, waiting):
        assert (await toolbox.turn("edit", turn.turn)).status == "done"
    assert await replies(toolbox, await later) == ["5"]


async def test_an_edit_that_fails_does_not_stop_the_queue(toolbox: DevServer) -> None:
    async def fail() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await toolbox._queue.edit("broken-edit", fail)

    assert (await ask(toolbox, "echo a", session_id="broken-edit")).status == "done"


async def test_an_edit_that_nobody_waits_for_is_not_made(toolbox: DevServer) -> None:
    held = await send(toolbox, "left-edit", "wait left-edit")
    patching = asyncio.ensure_future(toolbox.patch_data("left-edit", {"n": 5}))
    await asyncio.wait({patching}, timeout=0.05)

    patching.cancel()
    await asyncio.wait({patching})
    await ask(toolbox, "open left-edit", session_id="left-edit-opener")
    await finished(toolbox, held)

    assert (await ask(toolbox, "show n", session_id="left-edit")).replies[0].text == "null"


async def test_a_turn_that_cannot_be_run_does_not_stop_those_behind_it(
    toolbox: DevServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    held = await send(toolbox, "fault", "wait fault")
    await is_running(toolbox, held)
    broken = await send(toolbox, "fault", "echo broken")
    after = await send(toolbox, "fault", "echo after")
    await toolbox._journal.write(
        lambda tx: tx.store._connection.execute(
            "UPDATE turns SET message = '{}' WHERE session_id = 'fault' AND turn = ?",
            (broken.turn,),
        )
    )

    await ask(toolbox, "open fault", session_id="fault-opener")

    assert await replies(toolbox, after) == ["echo after"]
    assert "cannot be run" in caplog.text


async def test_deleting_a_session_ends_what_runs_and_waits(toolbox: DevServer) -> None:
    held = await send(toolbox, "delete", "wait never")
    waiting = [await send(toolbox, "delete", "mark deleted.txt") for _ in range(5)]
    await is_running(toolbox, held)

    await toolbox.delete_session("delete")

    with pytest.raises(SessionNotFound):
        await toolbox.session("delete")
    for turn in (held, *waiting):
        with pytest.raises(SessionNotFound):
            await finished(toolbox, turn)
    assert not (toolbox.config.entry.folder / "deleted.txt").exists()
    # The id is free again, and its turns are new ones.
    again = await ask(toolbox, "echo new", session_id="delete")
    assert (again.turn, [reply.text for reply in again.replies]) == (1, ["echo new"])


async def test_without_a_generation_a_message_waits_and_can_be_cancelled(tmp_path: Path) -> None:
    folder = write_app(tmp_path, TOOLBOX)
    write_app(folder, (folder / "app.py").read_text().replace("gates = {}", SLOW_IMPORT))
    server = DevServer(make_config(folder))
    await server.start()
    try:
        first = await send(server, "s", "echo first")
        second = await send(server, "s", "echo second")
        doomed = await send(server, "gone", "echo third")

        ended = await server.cancel_turn("s", first.turn)
        await server.delete_session("gone")

        assert ended.status == "interrupted"
        with pytest.raises(SessionNotFound):
            await server.turn("gone", doomed.turn)
        (folder / "go").touch()
        assert await replies(server, second) == ["echo second"]
    finally:
        await server.stop()


SLOW_IMPORT = """gates = {}
while not Path("go").exists():
    time.sleep(0.01)
"""


async def test_stopping_interrupts_what_runs_and_starts_nothing_that_waits(tmp_path: Path) -> None:
    folder = write_app(tmp_path, TOOLBOX)
    server = DevServer(make_config(folder))
    await server.start()
    held = await send(server, "s", "chunks half answer never")
    await wait_for_event(
        server, "reply.chunk", where=lambda event: "answer" in event.fields["text"]
    )
    waiting = await send(server, "s", "mark started.txt")
    waits = [asyncio.ensure_future(server.wait_turn("s", turn.turn)) for turn in (held, waiting)]
    patching = asyncio.ensure_future(server.patch_data("s", {"a": 1}))
    await asyncio.sleep(0.01)

    await server.stop()

    ended = [await wait for wait in waits]
    assert [turn.status for turn in ended] == ["interrupted", "interrupted"]
    assert [reply.text for reply in ended[0].replies] == ["half answer "]
    with pytest.raises(NoGeneration, match="The dev server is stopping"):
        await patching
    with pytest.raises(NoGeneration, match="The dev server is stopping"):
        await send(server, "s", "echo late")
    assert not (folder / "started.txt").exists()
