"""Tests of rewind, fork and replay, on real servers with real workers."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.exceptions import (
    InvalidInput,
    NoGeneration,
    SessionExists,
    SessionMoved,
    SessionNotFound,
    TurnNotFound,
    TurnNotOver,
)
from cpsl_dev.server import DevServer
from tests.servers import (
    ask,
    finished,
    running,
    wait_for_event,
    wait_until,
    write_app,
)

APP = """
    import asyncio

    import cpsl

    app = cpsl.App(name="notes", image=cpsl.Image())
    VERSION = 1


    @app.enter()
    async def enter(session):
        session.data["entered"] = True
        await session.reply("welcome")


    @app.message()
    async def handle(session, message):
        notes = session.data.setdefault("notes", [])
        if message.text == "wait":
            await session.notify("waiting")
            await asyncio.sleep(60)
        elif message.text == "boom":
            raise ValueError("it broke")
        elif message.text == "title":
            await session.set_title(f"{len(notes)} notes")
        elif message.text == "approve":
            await session.reply(str(await session.prompt_approval("sure?")))
        elif message.text == "connect":
            await session.reply((await session.require_integration("github")).access_token)
        elif message.text == "file":
            upload = await session.prompt_file()
            await session.reply(f"{upload.name} {upload.size}")
        elif message.text == "step":
            await session.show_step("Step", detail=f"version {VERSION}")
        else:
            notes.append(message.text)
            await session.reply(f"v{VERSION} note {len(notes)}")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP)


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[DevServer]:
    async with running(folder) as server:
        yield server


async def change_code(server: DevServer, folder: Path) -> None:
    """Make the app version 2, and wait until that serves."""
    after = server.log.last_seq
    text = textwrap.dedent(APP).replace("VERSION = 1", "VERSION = 2")
    (folder / "app.py").write_text(text, "utf-8")
    await wait_for_event(server, "reload.succeeded", after=after)


async def notes(server: DevServer, session_id: str = "s1") -> object:
    return (await server.session(session_id)).data.get("notes")


async def texts(server: DevServer, session_id: str = "s1") -> list[str]:
    return [entry.text for entry in (await server.session(session_id)).history]


async def answer(server: DevServer, text: str, reply: JsonObject) -> None:
    """Send a message whose handler asks, and answer it."""
    after = server.log.last_seq
    turn = await server.send("s1", text, source="http")
    shown = await wait_for_event(server, "block.shown", after=after)
    await server.answer_block("s1", shown.fields["id"], reply)
    assert (await finished(server, turn)).status == "done"


# Rewind


async def test_a_rewound_session_is_as_it_was_after_the_turn(server: DevServer) -> None:
    for text in ("one", "two", "three"):
        await ask(server, text)

    session = await server.time_travel.rewind("s1", 1)

    assert session.data == {"entered": True, "notes": ["one"]}
    assert [entry.text for entry in session.history] == ["one", "welcome", "v1 note 1"]
    assert [turn.turn for turn in await server.turns("s1")] == [1]
    assert session.turns == 1


async def test_a_rewound_session_goes_on_under_a_new_number(server: DevServer) -> None:
    for text in ("one", "two", "three"):
        await ask(server, text)
    await server.time_travel.rewind("s1", 1)

    turn = await ask(server, "other")

    assert turn.turn == 4
    assert turn.replies[0].text == "v1 note 2"
    assert await notes(server) == ["one", "other"]


async def test_a_session_goes_back_to_how_it_was_made(server: DevServer) -> None:
    await server.create_session(session_id="s1", data={"notes": ["first"]})
    await ask(server, "one")

    session = await server.time_travel.rewind("s1", 0)
    turn = await ask(server, "again")

    assert session.data == {"notes": ["first"]}
    assert session.history == []
    assert [reply.text for reply in turn.replies] == ["welcome", "v1 note 2"]


async def test_what_was_cut_and_changed_is_told(server: DevServer) -> None:
    for text in ("one", "two"):
        await ask(server, text)
    after = server.log.last_seq

    session = await server.time_travel.rewind("s1", 1)

    rewound = await wait_for_event(server, "session.rewound", after=after)
    changed = await wait_for_event(server, "data.changed", after=after)
    assert rewound.fields == {"to": 1, "cut": [2]}
    assert changed.fields["patch"] == [{"op": "remove", "path": "/notes/1"}]
    assert changed.fields["revision"] == session.revision
    messages = await server.events(kinds=["message.received"], session_id="s1")
    assert [event.fields["text"] for event in messages] == ["one", "two"]


async def test_edits_between_turns_are_undone_too(server: DevServer) -> None:
    await ask(server, "one")
    await server.patch_data("s1", {"notes": ["edited"]})
    await ask(server, "two")

    await server.time_travel.rewind("s1", 2)
    after_two = await notes(server)
    await server.time_travel.rewind("s1", 1)

    assert after_two == ["edited", "two"]
    assert await notes(server) == ["one"]


async def test_the_title_goes_back_as_well(server: DevServer) -> None:
    await ask(server, "one")
    await ask(server, "title")
    named = (await server.session("s1")).title
    session = await server.time_travel.rewind("s1", 1)

    assert (named, session.title) == ("1 notes", "")


async def test_a_rewind_waits_for_what_runs(server: DevServer) -> None:
    await ask(server, "one")
    waiting = await server.send("s1", "wait", source="http")
    await wait_for_event(server, "notification.sent")
    rewinding = spawn(server.time_travel.rewind("s1", 1), name="rewind")

    await server.cancel_turn("s1", waiting.turn)
    session = await rewinding

    assert session.turns == 1
    assert await texts(server) == ["one", "welcome", "v1 note 1"]


@pytest.mark.parametrize("turn", [2, -1, 2**70])
async def test_a_turn_that_is_not_there_changes_nothing(turn: int, server: DevServer) -> None:
    await ask(server, "one")
    before = await server.session("s1")

    with pytest.raises(TurnNotFound, match=f"Session 's1' has no turn {turn}"):
        await server.time_travel.rewind("s1", turn)
    with pytest.raises(TurnNotFound):
        await server.time_travel.fork("s1", turn)
    with pytest.raises(TurnNotFound):
        await server.time_travel.replay("s1", turn)

    assert await server.session("s1") == before
    assert len(await server.sessions()) == 1


async def test_a_session_that_is_not_there_is_not_found(server: DevServer) -> None:
    travel = server.time_travel
    for call in (travel.rewind("no", 0), travel.fork("no"), travel.replay("no")):
        with pytest.raises(SessionNotFound, match="There is no session 'no'"):
            await call
    with pytest.raises(SessionNotFound):
        await travel.data_of("../no", 1)


# Fork


async def test_a_fork_goes_on_by_itself(server: DevServer) -> None:
    for text in ("one", "two"):
        await ask(server, text)

    fork = await server.time_travel.fork("s1", 1, "s2")
    turn = await ask(server, "other", session_id="s2")

    assert fork.data["notes"] == ["one"]
    assert [entry.text for entry in fork.history] == ["one", "welcome", "v1 note 1"]
    assert turn.turn == 2
    assert await notes(server, "s2") == ["one", "other"]
    assert await notes(server) == ["one", "two"]
    forked = await wait_for_event(server, "session.forked")
    assert (forked.session_id, forked.fields) == ("s2", {"from": "s1", "at": 1})


async def test_a_fork_is_by_default_of_now(server: DevServer) -> None:
    await ask(server, "one")
    await server.patch_data("s1", {"edited": True})

    fork = await server.time_travel.fork("s1")

    assert fork.id.startswith("s1-")
    assert fork.data == {"entered": True, "notes": ["one"], "edited": True}
    assert fork.turns == 1


async def test_a_fork_of_the_beginning_is_entered_again(server: DevServer) -> None:
    await ask(server, "one")

    await server.time_travel.fork("s1", 0, "s2")
    turn = await ask(server, "two", session_id="s2")

    assert [reply.text for reply in turn.replies] == ["welcome", "v1 note 1"]


async def test_a_turn_that_runs_is_no_part_of_a_fork(server: DevServer) -> None:
    await ask(server, "one")
    waiting = await server.send("s1", "wait", source="http")
    await wait_for_event(server, "notification.sent")

    fork = await server.time_travel.fork("s1")
    with pytest.raises(TurnNotOver, match=r"Turn 2 of session 's1' is running\. Wait until it"):
        await server.time_travel.fork("s1", waiting.turn)

    assert fork.turns == 1
    assert [entry.text for entry in fork.history] == ["one", "welcome", "v1 note 1"]
    await server.cancel_turn("s1", waiting.turn)


async def test_a_fork_needs_an_id_that_is_free(server: DevServer) -> None:
    await ask(server, "one")

    with pytest.raises(SessionExists):
        await server.time_travel.fork("s1", 1, "s1")
    with pytest.raises(InvalidInput):
        await server.time_travel.fork("s1", 1, "no/id")


# Replay


async def test_a_replay_on_the_same_code_is_the_same(server: DevServer) -> None:
    for text in ("one", "two", "step"):
        await ask(server, text)

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
    for text in ("one", "two"):
        await ask(server, text)
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
    for text in ("one", "two"):
        await ask(server, text)
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


# Data


async def test_the_data_before_and_after_each_turn_is_known(server: DevServer) -> None:
    await ask(server, "one")
    await server.patch_data("s1", {"edited": True})
    await ask(server, "two")

    first = await server.time_travel.data_of("s1", 1)
    second = await server.time_travel.data_of("s1", 2)

    assert (first.before, first.after) == ({}, {"entered": True, "notes": ["one"]})
    assert second.before == {"entered": True, "notes": ["one"], "edited": True}
    assert second.patch == [{"op": "add", "path": "/notes/1", "value": "two"}]


async def test_a_turn_that_never_ran_changed_nothing(server: DevServer) -> None:
    await ask(server, "one")
    running_turn = await server.send("s1", "wait", source="http")
    waiting = await server.send("s1", "never", source="http")
    await wait_for_event(server, "notification.sent")
    await server.cancel_turn("s1", waiting.turn)
    await server.cancel_turn("s1", running_turn.turn)

    data = await server.time_travel.data_of("s1", waiting.turn)
    session = await server.time_travel.rewind("s1", waiting.turn)

    assert data.before == data.after == {"entered": True, "notes": ["one"]}
    assert data.patch == []
    assert session.data == data.after
