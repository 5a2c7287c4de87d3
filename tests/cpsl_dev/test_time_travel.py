"""Tests of rewind and fork, and of the data around a turn, on real servers with real workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.concurrency import spawn
from cpsl_dev.exceptions import (
    InvalidInput,
    SessionExists,
    SessionNotFound,
    TurnNotFound,
    TurnNotOver,
)
from cpsl_dev.server import DevServer
from tests.notes import APP, ask_each, notes, texts
from tests.servers import (
    ask,
    wait_for_event,
    write_app,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "project", APP)


# Rewind


async def test_a_rewound_session_is_as_it_was_after_the_turn(server: DevServer) -> None:
    await ask_each(server, "one", "two", "three")

    session = await server.time_travel.rewind("s1", 1)

    assert session.data == {"entered": True, "notes": ["one"]}
    assert [entry.text for entry in session.history] == ["one", "welcome", "v1 note 1"]
    assert [turn.turn for turn in await server.turns("s1")] == [1]
    assert session.turns == 1


async def test_a_rewound_session_goes_on_under_a_new_number(server: DevServer) -> None:
    await ask_each(server, "one", "two", "three")
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
    await ask_each(server, "one", "two")
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
    await ask_each(server, "one", "two")

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
