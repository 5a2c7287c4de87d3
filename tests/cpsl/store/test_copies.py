"""Tests of going back in a session, and of copying one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cpsl.records import BlockRecord, HistoryEntry, MessageRecord, ReplyRecord, UserRecord
from cpsl.store import NewSession, SqliteStore, StoredSession

NOW = "2026-01-01T00:00:00.000Z"
LATER = "2026-01-02T00:00:00.000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "state.db")
    with opened.transaction():
        user = UserRecord(id="u", email="u@x", org_id="acme")
        opened.sessions.add(NewSession(id="a", user=user, channel="slack", data={"n": 0}), now=NOW)
        yield opened
    opened.close()


def say(store: SqliteStore, turn: int, text: str, sender: str = "user") -> None:
    entry = HistoryEntry(
        index=0, sender=sender, text=text, channel_type="chat", timestamp=NOW, turn=turn
    )
    store.sessions.say("a", [entry])


def run(store: SqliteStore, *, title: str | None = None) -> int:
    """Run one turn: `n` grows by one."""
    turn = begin(store)
    say(store, turn, f"answer {turn}", "app")
    titles = [BlockRecord(id=f"t{turn}", type="session_title", payload={"title": title})]
    record = store.turns.find("a", turn)
    assert record is not None
    done = replace(
        record,
        status="done",
        replies=[ReplyRecord(text=f"answer {turn}", streamed=False)],
        blocks=titles if title is not None else [],
    )
    store.turns.finish(done, {"n": turn})
    store.sessions.set_data("a", {"n": turn}, now=NOW)
    if title is not None:
        store.sessions.set_title("a", title, now=NOW)
    return turn


def begin(store: SqliteStore) -> int:
    """Begin a turn that does not end."""
    turn = store.turns.add("a", MessageRecord(text=f"ask {turn_count(store) + 1}"), now=NOW)
    record = store.turns.find("a", turn)
    assert record is not None
    store.turns.start(replace(record, status="running", started_at=NOW), {"n": turn - 1})
    store.sessions.mark_entered("a")
    say(store, turn, f"ask {turn}")
    return turn


def turn_count(store: SqliteStore, session_id: str = "a") -> int:
    return store.sessions.turn_count(session_id)


def session(store: SqliteStore, session_id: str = "a") -> StoredSession:
    found = store.sessions.find(session_id)
    assert found is not None
    return found


def said(store: SqliteStore, session_id: str = "a") -> list[tuple[int, str]]:
    page = store.sessions.history(session_id, before=None, limit=100)
    assert page.total == len(page.history)
    return [(entry.index, entry.text) for entry in page.history]


def test_what_is_above_the_turn_is_cut(store: SqliteStore) -> None:
    for _ in range(3):
        run(store)

    assert store.copies.cut("a", 1) == [2, 3]

    assert [turn.turn for turn in store.turns.of_session("a")] == [1]
    assert said(store) == [(0, "ask 1"), (1, "answer 1")]


def test_a_number_is_never_used_twice(store: SqliteStore) -> None:
    run(store)
    run(store)

    store.copies.cut("a", 1)

    assert run(store) == 3
    assert [turn.turn for turn in store.turns.of_session("a")] == [1, 3]
    assert said(store) == [(0, "ask 1"), (1, "answer 1"), (2, "ask 3"), (3, "answer 3")]


@pytest.mark.parametrize(("turn", "entered"), [(0, False), (1, True)])
def test_a_session_without_a_turn_is_one_that_the_enter_hook_has_not_met(
    turn: int, entered: bool, store: SqliteStore
) -> None:
    run(store)
    run(store)

    store.copies.cut("a", turn)

    assert session(store).entered is entered


def test_the_title_goes_back_to_the_one_of_that_time(store: SqliteStore) -> None:
    run(store)
    run(store, title="First")
    run(store, title="Second")

    titles = []
    for turn in (2, 1):
        store.copies.cut("a", turn)
        titles.append(session(store).title)

    assert titles == ["First", ""]


@pytest.mark.parametrize("turn", [2**70, 5])
def test_nothing_is_cut_above_the_last_turn(turn: int, store: SqliteStore) -> None:
    run(store)

    assert store.copies.cut("a", turn) == []
    assert turn_count(store) == 1


def test_a_copy_has_all_up_to_the_turn(store: SqliteStore) -> None:
    for title in ("One", "Two", "Three"):
        run(store, title=title)
    store.sessions.set_integration("a", "github", {"access_token": "t"})

    store.copies.copy("a", "b", 2, is_scratch=False, now=LATER)

    copied = session(store, "b")
    assert [turn.message.text for turn in store.turns.of_session("b")] == ["ask 1", "ask 2"]
    assert store.turns.of_session("b")[0] == replace(store.turns.of_session("a")[0], session_id="b")
    assert said(store, "b") == said(store)[:4]
    assert copied.title == "Two"
    assert copied.user == session(store).user
    assert (copied.channel, copied.initial_data) == ("slack", {"n": 0})
    assert copied.integrations == {"github": {"access_token": "t"}}
    assert (copied.revision, copied.last_turn, copied.entered) == (1, 2, True)
    assert (copied.created_at, copied.updated_at) == (LATER, LATER)


def test_a_copy_shares_nothing_with_its_session(store: SqliteStore) -> None:
    run(store)
    store.copies.copy("a", "b", 1, is_scratch=False, now=LATER)

    store.sessions.remove("a")

    assert turn_count(store, "b") == 1
    assert said(store, "b") == [(0, "ask 1"), (1, "answer 1")]


def test_a_turn_that_is_not_over_is_no_part_of_a_copy(store: SqliteStore) -> None:
    run(store)
    begin(store)

    store.copies.copy("a", "b", 2, is_scratch=False, now=LATER)

    assert turn_count(store, "b") == 1
    assert said(store, "b") == [(0, "ask 1"), (1, "answer 1")]


def test_a_copy_of_the_beginning_has_not_been_entered(store: SqliteStore) -> None:
    run(store)

    store.copies.copy("a", "b", 0, is_scratch=True, now=LATER)

    assert session(store, "b").entered is False
    assert said(store, "b") == []


def test_the_history_of_a_copy_has_no_gaps(store: SqliteStore) -> None:
    run(store)
    begin(store)
    say(store, 1, "late", "app")

    store.copies.copy("a", "b", 1, is_scratch=False, now=LATER)

    assert said(store, "b") == [(0, "ask 1"), (1, "answer 1"), (2, "late")]


def test_the_newest_turn_that_is_over_is_known(store: SqliteStore) -> None:
    numbers = [store.copies.last_over("a")]
    run(store)
    begin(store)
    numbers.append(store.copies.last_over("a"))

    assert numbers == [0, 1]


def test_scratch_copies_are_not_listed_and_can_be_removed(store: SqliteStore) -> None:
    run(store)
    store.copies.copy("a", "scratch", 1, is_scratch=True, now=LATER)
    store.copies.copy("a", "kept", 1, is_scratch=False, now=LATER)

    listed = {summary.id for summary in store.sessions.summaries()}
    store.copies.remove_scratch()

    assert listed == {"a", "kept"}
    assert store.sessions.find("scratch") is None
    assert store.sessions.find("kept") is not None
    assert store.turns.of_session("scratch") == []
