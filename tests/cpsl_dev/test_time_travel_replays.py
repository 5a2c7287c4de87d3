"""Tests of replaying turns, and of keeping what a replay gave."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.exceptions import (
    NoGeneration,
    SessionMoved,
    SessionNotFound,
    TurnNotFound,
    TurnNotOver,
)
from cpsl_dev.server import DevServer
from tests.notes import APP, answer, ask_each, change_code, texts
from tests.servers import (
    ask,
    running,
    wait_for_event,
    wait_until,
    write_app,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP)


# Replay


async def test_a_replay_on_the_same_code_is_the_same(server: DevServer) -> None:
    await ask_each(server, "one", "two", "step")

    for turn in (1, 2, 3):
        replay = await server.time_travel.replay("s1", turn)
        assert replay.diff.same, replay.diff
        assert replay.before == await server.turn("s1", turn)
        assert replay.after.status == "done"
        assert replay.after.turn == turn


async def test_a_replay_shows_what_new_code_changes(server: DevServer, folder: Path) -> None:
    await ask(server, "one")
    await ask(server, "step")
    await change_code(server, folder)

    replies = await server.time_travel.replay("s1", 1)
    blocks = await server.time_travel.replay("s1")

    assert replies.diff.replies.splitlines()[-2:] == ["-v1 note 1", "+v2 note 1"]
    assert not replies.diff.same
    assert replies.after.generation == 2
    assert '+  "detail": "version 2",' in blocks.diff.blocks.splitlines()
    assert blocks.diff.replies == ""
    assert not blocks.diff.same


async def test_a_replay_leaves_the_session_as_it_is(server: DevServer) -> None:
    await ask(server, "one")
    before = await server.session("s1")

    await server.time_travel.replay("s1")

    assert await server.session("s1") == before
    assert [summary.id for summary in await server.sessions()] == ["s1"]
    assert len(await server.turns("s1")) == 1


async def test_a_replay_starts_from_the_data_that_the_turn_had(server: DevServer) -> None:
    await ask(server, "one")
    await server.patch_data("s1", {"notes": ["edited", "twice"]})
    await ask(server, "two")
    await server.patch_data("s1", {"notes": []})

    replay = await server.time_travel.replay("s1", 2)

    assert replay.diff.same
    assert replay.after.replies[0].text == "v1 note 3"


async def test_a_turn_after_a_rewind_can_be_replayed(server: DevServer) -> None:
    await ask_each(server, "one", "two")
    await server.time_travel.rewind("s1", 1)
    await ask(server, "three")

    replay = await server.time_travel.replay("s1", 3)

    assert replay.diff.same, replay.diff


async def test_a_failed_turn_that_works_now_is_not_the_same(
    server: DevServer, folder: Path
) -> None:
    turn = await ask(server, "boom")
    text = textwrap.dedent(APP).replace('raise ValueError("it broke")', "pass")
    after = server.log.last_seq
    (folder / "app.py").write_text(text, "utf-8")
    await wait_for_event(server, "reload.succeeded", after=after)

    replay = await server.time_travel.replay("s1")

    assert (turn.status, replay.after.status) == ("failed", "done")
    assert replay.diff.replies == ""
    assert not replay.diff.same


async def test_a_turn_that_fails_otherwise_is_not_the_same(server: DevServer, folder: Path) -> None:
    await ask(server, "boom")
    same = await server.time_travel.replay("s1")
    after = server.log.last_seq
    text = textwrap.dedent(APP).replace('ValueError("it broke")', 'ValueError("it broke again")')
    (folder / "app.py").write_text(text, "utf-8")
    await wait_for_event(server, "reload.succeeded", after=after)

    replay = await server.time_travel.replay("s1")

    assert (replay.before.status, replay.after.status) == ("failed", "failed")
    assert same.diff.same
    assert not replay.diff.same


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("approve", {"approved": True}),
        ("approve", {"approved": False}),
        ("file", {"name": "a.csv", "content_base64": "MSwy"}),
        ("connect", {"access_token": "secret"}),
    ],
)
async def test_a_prompt_gets_the_answer_that_it_got_then(
    text: str, reply: JsonObject, server: DevServer
) -> None:
    await answer(server, text, reply)

    replay = await server.time_travel.replay("s1")

    assert replay.diff.same, replay.diff


async def test_a_prompt_that_is_new_is_answered_with_nothing(server: DevServer) -> None:
    waiting = await server.send("s1", "approve", source="http")
    await wait_for_event(server, "block.shown")
    await server.cancel_turn("s1", waiting.turn)

    replay = await server.time_travel.replay("s1")

    assert [reply.text for reply in replay.after.replies] == ["welcome", "False"]


async def test_a_turn_that_runs_cannot_be_replayed(server: DevServer) -> None:
    waiting = await server.send("s1", "wait", source="http")
    await wait_for_event(server, "notification.sent")

    for turn in (None, 1):
        with pytest.raises(TurnNotOver):
            await server.time_travel.replay("s1", turn)

    await server.cancel_turn("s1", waiting.turn)


async def test_a_session_without_a_turn_has_nothing_to_replay(server: DevServer) -> None:
    await server.create_session(session_id="s1")

    with pytest.raises(TurnNotFound):
        await server.time_travel.replay("s1")


async def test_a_replay_that_is_given_up_leaves_nothing(server: DevServer) -> None:
    waiting = await server.send("s1", "wait", source="http")
    await wait_for_event(server, "notification.sent")
    await server.cancel_turn("s1", waiting.turn)
    after = server.log.last_seq
    replaying = spawn(server.time_travel.replay("s1"), name="replay")
    told = await wait_for_event(server, "notification.sent", after=after)
    scratch = told.session_id or ""

    replaying.cancel()

    await wait_until(replaying.done)
    with pytest.raises(SessionNotFound):
        await server.session(scratch)
    assert (await server.events(kinds=["turn.interrupted"], session_id=scratch)) != []


async def test_nothing_is_replayed_where_no_code_can_run(tmp_path: Path, folder: Path) -> None:
    async with running(folder) as server:
        await ask(server, "one")
    (folder / "app.py").write_text("1 / 0", "utf-8")

    async with running(folder) as server:
        with pytest.raises(NoGeneration):
            await server.time_travel.replay("s1")
        rewound = await server.time_travel.rewind("s1", 0)

    assert rewound.turns == 0


async def test_a_scratch_copy_does_not_outlive_the_server(folder: Path) -> None:
    async with running(folder) as server:
        await ask(server, "one")
        await server._journal.write(
            lambda tx: tx.store.copies.copy("s1", "replay-x", 1, is_scratch=True, now=tx.now)
        )
        assert (await server.session("replay-x")).turns == 1

    async with running(folder) as server:
        with pytest.raises(SessionNotFound):
            await server.session("replay-x")
        assert [summary.id for summary in await server.sessions()] == ["s1"]


# Keeping what a replay gave


async def test_an_adopted_replay_takes_the_place_of_its_turn(
    server: DevServer, folder: Path
) -> None:
    await ask_each(server, "one", "two")
    await change_code(server, folder)
    replay = await server.time_travel.replay("s1")

    session = await server.time_travel.adopt("s1", replay)
    turns = await server.turns("s1")
    again = await server.time_travel.replay("s1")

    assert [entry.text for entry in session.history] == [
        "one",
        "welcome",
        "v1 note 1",
        "two",
        "v2 note 2",
    ]
    assert [(turn.turn, turn.generation, turn.session_id) for turn in turns] == [
        (1, 1, "s1"),
        (3, 2, "s1"),
    ]
    assert session.data["notes"] == ["one", "two"]
    assert again.diff.same, again.diff
    assert (await ask(server, "three")).turn == 4


async def test_the_first_turn_can_be_replaced_too(server: DevServer, folder: Path) -> None:
    await ask(server, "one")
    await change_code(server, folder)

    await server.time_travel.adopt("s1", await server.time_travel.replay("s1"))
    turn = await ask(server, "two")

    assert await texts(server) == ["one", "welcome", "v2 note 1", "two", "v2 note 2"]
    assert len(turn.replies) == 1


async def test_a_session_that_went_on_keeps_what_it_has(server: DevServer) -> None:
    await ask(server, "one")
    replay = await server.time_travel.replay("s1")
    await ask(server, "two")
    before = await server.session("s1")

    with pytest.raises(SessionMoved, match="Turn 1 is not the last of session 's1' any more"):
        await server.time_travel.adopt("s1", replay)

    assert await server.session("s1") == before
