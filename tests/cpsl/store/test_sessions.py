"""Tests of sessions and their history on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cpsl.records import HistoryEntry, JsonObject, MessageRecord, UserRecord
from cpsl.store import NewSession, SqliteStore
from cpsl.store.sessions import owner_id_of

NOW = "2026-01-01T00:00:00.000Z"
LATER = "2026-01-01T00:00:01.000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "state.db")
    with opened.transaction():
        yield opened
    opened.close()


def add(store: SqliteStore, session_id: str = "s", data: JsonObject | None = None) -> bool:
    user = UserRecord(id="u", email="u@x", org_id="o", owner_id="org:o")
    return store.sessions.add(
        NewSession(id=session_id, user=user, channel="slack", data=data or {}), now=NOW
    )


def entry(text: str, sender: str = "user") -> HistoryEntry:
    return HistoryEntry(
        index=0,
        sender=sender,
        text=text,
        channel_type="chat",
        timestamp=NOW,
        turn=1,
        attachments=[{"name": "a"}],
    )


def test_a_session_comes_back_as_it_was_made(store: SqliteStore) -> None:
    assert add(store, data={"a": [1, None, "ü"]})

    found = store.sessions.find("s")

    assert found is not None
    assert found.user == UserRecord(id="u", email="u@x", org_id="o", owner_id="org:o")
    assert found.data == found.initial_data == {"a": [1, None, "ü"]}
    assert found.channel == "slack"
    assert (found.revision, found.last_turn, found.entered) == (1, 0, False)
    assert (found.created_at, found.updated_at) == (NOW, NOW)


def test_an_id_is_given_once(store: SqliteStore) -> None:
    add(store, data={"a": 1})

    assert not add(store, data={"a": 2})

    found = store.sessions.find("s")
    assert found is not None
    assert found.data == {"a": 1}


def test_a_session_that_is_not_there_is_none(store: SqliteStore) -> None:
    assert store.sessions.find("nobody") is None


def test_new_data_moves_the_revision_and_keeps_the_first_data(store: SqliteStore) -> None:
    add(store, data={"a": 1})

    revision = store.sessions.set_data("s", {"a": 2}, now=LATER)

    found = store.sessions.find("s")
    assert found is not None
    assert (revision, found.revision) == (2, 2)
    assert (found.data, found.initial_data, found.updated_at) == ({"a": 2}, {"a": 1}, LATER)


def test_data_of_a_session_that_is_gone_is_not_kept(store: SqliteStore) -> None:
    assert store.sessions.set_data("nobody", {"a": 1}, now=NOW) == 0


def test_the_session_that_changed_last_is_listed_first(store: SqliteStore) -> None:
    for session_id in ("a", "b", "c"):
        add(store, session_id)
    store.sessions.set_title("a", "Notes", now=LATER)
    store.turns.add("b", MessageRecord(text="hi"), now=NOW)

    summaries = store.sessions.summaries()

    assert [item.id for item in summaries] == ["a", "c", "b"]
    assert [(item.title, item.turns) for item in summaries] == [("Notes", 0), ("", 0), ("", 1)]


def test_history_counts_from_zero_and_pages_backwards(store: SqliteStore) -> None:
    add(store)
    store.sessions.say("s", [entry("0"), entry("1", "app")])
    store.sessions.say("s", [entry("2"), entry("3", "app"), entry("4")])

    newest = store.sessions.history("s", before=None, limit=2)
    older = store.sessions.history("s", before=3, limit=10)

    assert [(item.index, item.text) for item in newest.history] == [(3, "3"), (4, "4")]
    assert [(item.index, item.text) for item in older.history] == [(0, "0"), (1, "1"), (2, "2")]
    assert newest.total == older.total == 5
    assert older.history[1].sender == "app"
    assert older.history[0].attachments == [{"name": "a"}]


@pytest.mark.parametrize(("before", "limit"), [(0, 5), (-1, 5), (2, 0)])
def test_a_page_may_be_empty(store: SqliteStore, before: int, limit: int) -> None:
    add(store)
    store.sessions.say("s", [entry("0")])

    assert store.sessions.history("s", before=before, limit=limit).history == []


def test_history_takes_numbers_beyond_64_bits(store: SqliteStore) -> None:
    add(store)
    store.sessions.say("s", [entry("0")])

    assert len(store.sessions.history("s", before=2**80, limit=2**80).history) == 1
    assert store.sessions.history("s", before=-(2**80), limit=1).history == []


def test_nothing_is_said_in_a_session_that_is_gone(store: SqliteStore) -> None:
    store.sessions.say("nobody", [entry("0")])

    assert store.sessions.history("nobody", before=None, limit=5).total == 0


def test_a_session_goes_with_its_turns_and_its_history(store: SqliteStore) -> None:
    add(store)
    store.sessions.say("s", [entry("0")])
    store.turns.add("s", MessageRecord(text="hi"), now=NOW)

    assert store.sessions.remove("s")

    assert not store.sessions.remove("s")
    assert store.turns.of_session("s") == []
    assert store.turns.unfinished() == []
    add(store)
    assert store.sessions.history("s", before=None, limit=5).history == []


def test_entering_is_remembered(store: SqliteStore) -> None:
    add(store)

    store.sessions.mark_entered("s")

    found = store.sessions.find("s")
    assert found is not None
    assert found.entered


def test_the_turns_of_a_session_are_counted(store: SqliteStore) -> None:
    add(store)
    for _ in range(3):
        store.turns.add("s", MessageRecord(text="hi"), now=NOW)

    assert store.sessions.turn_count("s") == 3


@pytest.mark.parametrize(
    ("org_id", "owner"), [(None, "u"), ("", "u"), ("acme", "org:acme"), ("org:acme", "org:acme")]
)
def test_the_organisation_owns_what_its_people_make(org_id: str | None, owner: str) -> None:
    assert owner_id_of("u", org_id) == owner


def test_an_account_is_kept_with_its_session_until_it_is_forgotten(store: SqliteStore) -> None:
    add(store, "a")

    store.sessions.set_integration("a", "aws", {"fields": {"region": "eu"}})
    store.sessions.set_integration("a", 'odd "name".', {"access_token": "t"})
    both = store.sessions.find("a")
    store.sessions.set_integration("a", "aws", None)
    one = store.sessions.find("a")
    store.sessions.set_integration("missing", "aws", {})

    assert both is not None
    assert both.integrations == {
        "aws": {"fields": {"region": "eu"}},
        'odd "name".': {"access_token": "t"},
    }
    assert one is not None
    assert one.integrations == {'odd "name".': {"access_token": "t"}}
