"""Tests of what is written of a turn, step by step, on a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cpsl.records import ErrorRecord, HistoryEntry, MessageRecord, TurnRecord, UserRecord
from cpsl.store import NewSession, StoredSession, TurnChange
from cpsl_dev.event_log import Event, EventLog
from cpsl_dev.journal import Journal, Transaction
from cpsl_dev.live_turn import LiveTurn
from cpsl_dev.turn_writes import (
    add_late_reply,
    commit_data,
    drop_turn,
    end_turn,
    recover_turns,
    start_turn,
)

T = TypeVar("T")
KEY = ("s", 1)


class Store:
    """A journal with one session in it, `s`, whose data is `{"n": 1}`."""

    def __init__(self, folder: Path) -> None:
        self.log = EventLog()
        self.journal = Journal(folder / "state.db", self.log)

    async def write(self, operation: Callable[[Transaction], T]) -> T:
        return await self.journal.write(operation)

    async def add_turn(self, text: str = "hi") -> int:
        def operation(tx: Transaction) -> int:
            return tx.store.turns.add("s", MessageRecord(text=text, timestamp=tx.now), now=tx.now)

        return await self.write(operation)

    async def start(self, key: tuple[str, int] = KEY) -> LiveTurn:
        started = await self.write(lambda tx: start_turn(tx, key, 7))
        assert started is not None
        _, record, data = started
        return LiveTurn(record, data)

    async def turn(self, number: int = 1) -> TurnRecord:
        found = await self.journal.read(lambda store: store.turns.find("s", number))
        assert found is not None
        return found

    async def session(self) -> StoredSession:
        found = await self.journal.read(lambda store: store.sessions.find("s"))
        assert found is not None
        return found

    async def history(self) -> list[tuple[str, str]]:
        def said(entry: HistoryEntry) -> tuple[str, str]:
            return (entry.sender, entry.text)

        page = await self.journal.read(
            lambda store: store.sessions.history("s", before=None, limit=100)
        )
        return [said(entry) for entry in page.history]

    def last(self, count: int = 1) -> list[Event]:
        return self.log.recent()[-count:]

    async def tell(self, kind: str, **fields: Any) -> None:
        """Record an event of turn 1, as a worker would."""
        self.journal.record(kind, fields, generation=7, session_id="s", turn=1)
        await self.write(lambda tx: None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(tmp_path)
    await opened.journal.open()
    new = NewSession(id="s", user=UserRecord(id="u", owner_id="u"), channel="slack", data={"n": 1})
    await opened.write(lambda tx: tx.store.sessions.add(new, now=tx.now))
    yield opened
    await opened.journal.close()


async def test_a_turn_starts_with_the_message_in_the_history(store: Store) -> None:
    await store.add_turn()

    started = await store.write(lambda tx: start_turn(tx, KEY, 7))

    assert started is not None
    request, record, data = started
    assert (record.status, record.generation, data) == ("running", 7, {"n": 1})
    assert (request.turn, request.message.text, request.is_new) == (1, "hi", True)
    assert (request.session.data, request.session.channel) == ({"n": 1}, "slack")
    assert request.session.history == []
    assert await store.turn() == record
    assert await store.history() == [("user", "hi")]
    assert [(event.kind, event.turn) for event in store.last()] == [("turn.started", 1)]


async def test_only_the_first_turn_of_a_session_is_new_to_the_app(store: Store) -> None:
    await store.add_turn()
    await store.add_turn()

    first = await store.write(lambda tx: start_turn(tx, ("s", 1), 7))
    second = await store.write(lambda tx: start_turn(tx, ("s", 2), 7))

    assert first is not None
    assert second is not None
    assert (first[0].is_new, second[0].is_new) == (True, False)


async def test_a_handler_gets_the_newest_fifty_entries_before_its_message(store: Store) -> None:
    for number in range(1, 61):
        await store.add_turn(str(number))
        await store.start(("s", number))
    await store.add_turn("61")

    started = await store.write(lambda tx: start_turn(tx, ("s", 61), 7))

    assert started is not None
    texts = [entry.text for entry in started[0].session.history]
    assert texts == [str(number) for number in range(11, 61)]


async def test_a_turn_that_starts_again_is_not_said_twice(store: Store) -> None:
    """The worker may die after the start was stored and before it was told."""
    await store.add_turn()
    await store.start()

    await store.start()

    assert await store.history() == [("user", "hi")]


async def test_a_turn_that_is_over_or_gone_does_not_start(store: Store) -> None:
    await store.add_turn()
    await store.write(lambda tx: drop_turn(tx, KEY, "cancelled"))

    assert await store.write(lambda tx: start_turn(tx, KEY, 7)) is None
    assert await store.write(lambda tx: start_turn(tx, ("s", 9), 7)) is None
    assert await store.write(lambda tx: start_turn(tx, ("nobody", 1), 7)) is None


async def test_a_turn_ends_with_its_replies_its_data_and_its_event_together(store: Store) -> None:
    await store.add_turn()
    live = await store.start()
    live.take({"kind": "reply.sent", "text": "hello"})
    live.change_data({"changed": {"n": 2}, "removed": []})
    record = live.record("done")

    await store.write(lambda tx: end_turn(tx, KEY, live, record, ""))

    session = await store.session()
    assert (session.data, session.revision) == ({"n": 2}, 2)
    assert await store.history() == [("user", "hi"), ("app", "hello")]
    assert await store.turn() == record
    (event,) = store.last()
    assert event.kind == "turn.finished"
    assert event.fields == {
        "duration_ms": record.duration_ms,
        "first_reply_ms": record.first_reply_ms,
    }
    kept = await store.journal.read(lambda opened: opened.turns.data_of("s", 1))
    assert kept == ({"n": 1}, {"n": 2})


async def test_only_the_keys_that_a_turn_changed_are_written(store: Store) -> None:
    await store.add_turn()
    live = await store.start()
    live.change_data({"changed": {"mine": 1}, "removed": []})
    await store.write(lambda tx: commit_data(tx, KEY, TurnChange(changed={"n": 5}), 7))

    await store.write(lambda tx: end_turn(tx, KEY, live, live.record("done"), ""))

    assert (await store.session()).data == {"n": 5, "mine": 1}


async def test_a_failed_turn_tells_its_error(store: Store) -> None:
    await store.add_turn()
    live = await store.start()
    record = live.record("failed", error={"type": "E", "message": "m", "file": "app.py", "line": 3})

    await store.write(lambda tx: end_turn(tx, KEY, live, record, ""))

    (event,) = store.last()
    assert event.kind == "turn.failed"
    assert event.fields["error"]["line"] == 3
    assert (await store.turn()).error == ErrorRecord(type="E", message="m", file="app.py", line=3)


async def test_an_interrupted_turn_tells_why(store: Store) -> None:
    await store.add_turn()
    live = await store.start()

    await store.write(lambda tx: end_turn(tx, KEY, live, live.record("interrupted"), "cancelled"))

    (event,) = store.last()
    assert (event.kind, event.fields["reason"]) == ("turn.interrupted", "cancelled")


async def test_a_turn_of_a_session_that_is_gone_ends_without_a_trace(store: Store) -> None:
    await store.add_turn()
    live = await store.start()
    await store.write(lambda tx: tx.store.sessions.remove("s"))

    await store.write(lambda tx: end_turn(tx, KEY, live, live.record("done"), ""))

    assert await store.journal.read(lambda opened: opened.sessions.find("s")) is None


async def test_a_turn_that_never_ran_keeps_what_the_user_said(store: Store) -> None:
    await store.add_turn()

    await store.write(lambda tx: drop_turn(tx, KEY, "cancelled before it ran"))
    await store.write(lambda tx: drop_turn(tx, KEY, "twice"))

    assert await store.history() == [("user", "hi")]
    turn = await store.turn()
    assert (turn.status, turn.reason) == ("interrupted", "cancelled before it ran")
    (event,) = store.last()
    assert event.fields == {"reason": "cancelled before it ran", "duration_ms": None}


async def test_data_can_be_stored_before_a_turn_ends(store: Store) -> None:
    change = TurnChange(changed={"m": 1}, removed=["n"])

    await store.write(lambda tx: commit_data(tx, KEY, change, 7))

    assert (await store.session()).data == {"m": 1}
    (event,) = store.last()
    assert (event.kind, event.generation, event.turn) == ("data.changed", 7, 1)
    assert event.fields == {
        "patch": [
            {"op": "remove", "path": "/n"},
            {"op": "add", "path": "/m", "value": 1},
        ],
        "origin": "handler",
        "revision": 2,
    }


async def test_data_of_a_session_that_is_gone_is_not_stored(store: Store) -> None:
    change = TurnChange(changed={"m": 1})

    await store.write(lambda tx: commit_data(tx, ("nobody", 1), change, 7))

    assert store.log.recent() == []


@pytest.mark.parametrize(("kind", "streamed"), [("reply.sent", False), ("reply.finished", True)])
async def test_what_is_said_after_the_end_is_added_to_the_turn(
    store: Store, kind: str, streamed: bool
) -> None:
    await store.add_turn()
    live = await store.start()
    live.take({"kind": "reply.sent", "text": "now"})
    await store.write(lambda tx: end_turn(tx, KEY, live, live.record("done"), ""))
    event = {"kind": kind, "session_id": "s", "turn": 1, "text": "late", "reply": 1}

    await store.write(lambda tx: add_late_reply(tx, KEY, event, 7))

    turn = await store.turn()
    assert turn.status == "done"
    assert [(reply.text, reply.streamed) for reply in turn.replies] == [
        ("now", False),
        ("late", streamed),
    ]
    assert await store.history() == [("user", "hi"), ("app", "now"), ("app", "late")]
    assert store.last()[0].kind == kind
    kept = await store.journal.read(lambda opened: opened.turns.data_of("s", 1))
    assert kept == ({"n": 1}, {"n": 1})


async def test_a_crash_leaves_a_turn_interrupted_with_what_was_shown(store: Store) -> None:
    await store.add_turn()
    await store.start()
    await store.tell("reply.sent", text="one")
    await store.tell("reply.started", reply=1)
    await store.tell("reply.chunk", reply=1, text="half an ans")
    await store.tell("block.shown", id="b", type="card", payload={})

    count = await store.write(lambda tx: recover_turns(tx, "the dev server ended"))

    turn = await store.turn()
    assert (count, turn.status, turn.generation) == (1, "interrupted", 7)
    assert [reply.text for reply in turn.replies] == ["one", "half an ans"]
    assert [(block.id, block.after) for block in turn.blocks] == [("b", 2)]
    assert turn.reason == "the dev server ended"
    assert await store.history() == [("user", "hi"), ("app", "one"), ("app", "half an ans")]
    (event,) = store.last()
    assert (event.kind, event.generation) == ("turn.interrupted", 7)
    assert event.fields == {"reason": "the dev server ended", "duration_ms": None}


async def test_what_waited_at_a_crash_is_interrupted_and_stays_in_order(store: Store) -> None:
    await store.add_turn("first")
    await store.add_turn("second")
    await store.add_turn("third")
    await store.start()
    await store.tell("reply.sent", text="to the first")

    count = await store.write(lambda tx: recover_turns(tx, "the dev server ended"))

    assert count == 3
    assert {(await store.turn(number)).status for number in (1, 2, 3)} == {"interrupted"}
    assert await store.history() == [
        ("user", "first"),
        ("app", "to the first"),
        ("user", "second"),
        ("user", "third"),
    ]
    assert await store.write(lambda tx: recover_turns(tx, "again")) == 0


async def test_data_that_a_cut_off_turn_had_stored_counts_as_its_own(store: Store) -> None:
    await store.add_turn()
    await store.start()
    await store.write(lambda tx: commit_data(tx, KEY, TurnChange(changed={"n": 9}), 7))

    await store.write(lambda tx: recover_turns(tx, "the dev server ended"))

    assert (await store.turn()).data_patch == [{"op": "replace", "path": "/n", "value": 9}]
    kept = await store.journal.read(lambda opened: opened.turns.data_of("s", 1))
    assert kept == ({"n": 1}, {"n": 9})


async def test_an_earlier_session_of_the_same_id_is_not_mixed_in(store: Store) -> None:
    await store.add_turn()
    live = await store.start()
    await store.tell("reply.sent", text="of long ago")
    await store.write(lambda tx: end_turn(tx, KEY, live, live.record("done"), ""))
    await store.write(lambda tx: tx.store.sessions.remove("s"))
    new = NewSession(id="s", user=UserRecord(id="u"))
    await store.write(lambda tx: tx.store.sessions.add(new, now=tx.now))
    await store.add_turn("again")
    await store.start()
    await store.tell("reply.sent", text="now")

    await store.write(lambda tx: recover_turns(tx, "the dev server ended"))

    assert [reply.text for reply in (await store.turn()).replies] == ["now"]
