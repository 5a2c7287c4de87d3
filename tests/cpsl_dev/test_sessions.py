"""Tests of sessions as front ends see them, on a real server."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from cpsl.records import UserRecord
from cpsl_dev.exceptions import (
    InvalidInput,
    PatchTestFailed,
    RevisionMoved,
    SessionExists,
    SessionNotFound,
    TurnNotFound,
)
from cpsl_dev.server import DevServer
from tests.servers import ask, finished, wait_for_event

pytestmark = pytest.mark.asyncio(loop_scope="module")

_numbers = count(1)


@pytest.fixture
def session() -> str:
    """The id of a session that no other test uses."""
    return f"s{next(_numbers)}"


async def test_a_session_is_made_with_what_was_given(toolbox: DevServer, session: str) -> None:
    made = await toolbox.create_session(
        session_id=session,
        user={"id": "alice", "email": "a@x", "org_id": "acme"},
        channel="slack",
        data={"n": 1},
    )

    assert (made.id, made.channel, made.data) == (session, "slack", {"n": 1})
    assert made.user == UserRecord(id="alice", email="a@x", org_id="acme", owner_id="org:acme")
    assert (made.revision, made.turns, made.busy, made.history) == (1, 0, False, [])
    event = await wait_for_event(
        toolbox, "session.created", where=lambda event: event.session_id == session
    )
    assert event.fields["origin"] == "client"
    assert event.fields["user"]["id"] == "alice"


async def test_a_session_without_an_id_gets_one_of_its_own(toolbox: DevServer) -> None:
    first, second = await toolbox.create_session(), await toolbox.create_session()

    assert first.id != second.id
    assert first.user.id == "dev"


async def test_an_id_is_given_once(toolbox: DevServer, session: str) -> None:
    await toolbox.create_session(session_id=session, data={"n": 1})

    with pytest.raises(SessionExists, match="exists already"):
        await toolbox.create_session(session_id=session, data={"n": 2})

    assert (await toolbox.session(session)).data == {"n": 1}


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"session_id": "a/b"}, "/id"),
        ({"user": {"id": 5}}, "/user/id"),
        ({"channel": "a\0"}, "/channel"),
        ({"data": [1]}, "/data"),
        ({"data": {"n": 2**64}}, "/data/n"),
    ],
)
async def test_a_session_is_not_made_of_what_cannot_be_stored(
    toolbox: DevServer, values: dict[str, Any], pointer: str
) -> None:
    before = len(await toolbox.sessions())

    with pytest.raises(InvalidInput) as refused:
        await toolbox.create_session(**values)

    assert refused.value.pointer == pointer
    assert len(await toolbox.sessions()) == before


@pytest.mark.parametrize("session_id", ["nobody", "a/b", "", "..", "x" * 500])
async def test_a_session_that_is_not_there_is_not_found(
    toolbox: DevServer, session_id: str
) -> None:
    for asking in (
        toolbox.session(session_id),
        toolbox.turns(session_id),
        toolbox.turn(session_id, 1),
        toolbox.history(session_id, before=None, limit=5),
        toolbox.patch_data(session_id, {}),
        toolbox.delete_session(session_id),
        toolbox.cancel_turn(session_id, 1),
    ):
        with pytest.raises(SessionNotFound):
            await asking


async def test_a_message_to_an_unknown_id_makes_a_session(toolbox: DevServer, session: str) -> None:
    taken = await toolbox.send(session, "echo a", source="screen")

    assert (taken.turn, taken.status) == (1, "queued")
    event = await wait_for_event(
        toolbox, "session.created", where=lambda event: event.session_id == session
    )
    assert event.fields["origin"] == "screen"
    await finished(toolbox, taken)


@pytest.mark.parametrize(
    ("session_id", "text", "pointer"),
    [("a/b", "hi", "/id"), ("ok", "", "/text"), ("ok", "a\0", "/text"), ("ok", "\ud800", "/text")],
)
async def test_a_message_that_cannot_be_stored_is_refused_before_anything_is_made(
    toolbox: DevServer, session_id: str, text: str, pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await toolbox.send(session_id, text, source="http")

    assert refused.value.pointer == pointer
    with pytest.raises(SessionNotFound):
        await toolbox.session(session_id)


async def test_attachments_go_with_the_message(toolbox: DevServer, session: str) -> None:
    attachment = {"name": "a.txt", "content_type": "text/plain", "url": "file:///a", "size": 3}

    taken = await toolbox.send(session, "echo a", attachments=[attachment], source="http")

    turn = await finished(toolbox, taken)
    assert turn.message.attachments == [attachment]
    assert (await toolbox.session(session)).history[0].attachments == [attachment]


async def test_history_can_be_paged_backwards(toolbox: DevServer, session: str) -> None:
    for number in range(5):
        await ask(toolbox, f"echo {number}", session_id=session)

    newest = await toolbox.history(session, before=None, limit=3)
    older = await toolbox.history(session, before=newest.history[0].index, limit=100)

    assert newest.total == older.total == 10
    assert [entry.index for entry in (*older.history, *newest.history)] == list(range(10))
    assert [entry.sender for entry in older.history[:2]] == ["user", "app"]


async def test_the_session_that_was_used_last_is_listed_first(toolbox: DevServer) -> None:
    for name in ("list-a", "list-b"):
        await ask(toolbox, "echo a", session_id=name)
    await ask(toolbox, "title Again", session_id="list-a")

    listed = await toolbox.sessions()

    assert [item.id for item in listed[:2]] == ["list-a", "list-b"]
    assert (listed[0].title, listed[0].turns, listed[0].busy) == ("Again", 2, False)


async def test_a_turn_that_is_not_there_is_not_found(toolbox: DevServer, session: str) -> None:
    await ask(toolbox, "echo a", session_id=session)

    for number in (0, 2, -1, 2**70):
        with pytest.raises(TurnNotFound):
            await toolbox.turn(session, number)


async def test_turns_are_listed_oldest_first_with_the_one_that_runs_as_it_is(
    toolbox: DevServer, session: str
) -> None:
    await ask(toolbox, "echo a", session_id=session)
    held = await toolbox.send(session, f"wait {session}", source="http")
    await wait_for_event(
        toolbox,
        "reply.sent",
        where=lambda event: (event.session_id, event.turn) == (session, 2),
    )

    turns = await toolbox.turns(session)

    assert [(turn.turn, turn.status) for turn in turns] == [(1, "done"), (2, "running")]
    assert [reply.text for reply in turns[1].replies] == [f"waiting for {session}"]
    await ask(toolbox, f"open {session}", session_id="opener")
    await finished(toolbox, held)


async def test_data_is_patched_and_told(toolbox: DevServer, session: str) -> None:
    await toolbox.create_session(session_id=session, data={"a": 1, "b": 2})

    merged = await toolbox.patch_data(session, {"a": None, "c": {"d": 1}}, origin="inspector")
    patched = await toolbox.patch_data(session, [{"op": "replace", "path": "/c/d", "value": 2}])

    assert merged == ({"b": 2, "c": {"d": 1}}, 2)
    assert patched == ({"b": 2, "c": {"d": 2}}, 3)
    events = await toolbox.events(session_id=session, kinds=["data.changed"])
    assert [event.fields for event in events] == [
        {
            "patch": [
                {"op": "remove", "path": "/a"},
                {"op": "add", "path": "/c", "value": {"d": 1}},
            ],
            "origin": "inspector",
            "revision": 2,
        },
        {
            "patch": [{"op": "replace", "path": "/c/d", "value": 2}],
            "origin": "client",
            "revision": 3,
        },
    ]
    assert (await ask(toolbox, "show c", session_id=session)).replies[0].text == '{"d": 2}'


async def test_a_patch_that_changes_nothing_is_no_event(toolbox: DevServer, session: str) -> None:
    await toolbox.create_session(session_id=session, data={"a": 1})

    assert await toolbox.patch_data(session, {"a": 1}) == ({"a": 1}, 1)

    assert await toolbox.events(session_id=session, kinds=["data.changed"]) == []


async def test_an_edit_made_for_an_older_revision_is_refused(
    toolbox: DevServer, session: str
) -> None:
    await toolbox.create_session(session_id=session, data={"a": 1})
    await toolbox.patch_data(session, {"a": 2}, revision=1)

    with pytest.raises(RevisionMoved, match="at revision 2, not 1") as refused:
        await toolbox.patch_data(session, {"a": 3}, revision=1)

    assert refused.value.found == 2
    assert (await toolbox.session(session)).data == {"a": 2}


async def test_of_two_edits_for_the_same_revision_one_wins(
    toolbox: DevServer, session: str
) -> None:
    await toolbox.create_session(session_id=session, data={"a": 0})

    results = await asyncio.gather(
        *(toolbox.patch_data(session, {"a": number}, revision=1) for number in (1, 2, 3)),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [tuple, RevisionMoved, RevisionMoved]
    assert (await toolbox.session(session)).data == {"a": 1}


@pytest.mark.parametrize(
    ("patch", "error"),
    [
        ([{"op": "test", "path": "/a", "value": 2}], PatchTestFailed),
        ([{"op": "remove", "path": "/nothing"}], InvalidInput),
        ([{"op": "explode", "path": "/a"}], InvalidInput),
        ([{"op": "replace", "path": "", "value": []}], InvalidInput),
        ([{"op": "add", "path": "/n", "value": 2**64}], InvalidInput),
        ({"text": "\0"}, InvalidInput),
    ],
)
async def test_a_patch_is_made_as_a_whole_or_not_at_all(
    toolbox: DevServer, session: str, patch: Any, error: type[Exception]
) -> None:
    await toolbox.create_session(session_id=session, data={"a": 1})
    if isinstance(patch, list):
        patch = [{"op": "add", "path": "/first", "value": 1}, *patch]

    with pytest.raises(error):
        await toolbox.patch_data(session, patch)

    found = await toolbox.session(session)
    assert (found.data, found.revision) == ({"a": 1}, 1)


async def test_data_may_be_as_deep_as_is_allowed_through_every_path(
    toolbox: DevServer, session: str
) -> None:
    value: Any = 1
    for _ in range(195):
        value = [value]

    await toolbox.patch_data((await toolbox.create_session(session_id=session)).id, {"deep": value})

    turn = await ask(toolbox, "count", session_id=session)
    assert turn.status == "done"
    assert (await toolbox.session(session)).data == {"deep": value, "n": 1}
