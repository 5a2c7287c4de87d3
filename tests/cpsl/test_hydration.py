from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cpsl.context import Identity
from cpsl.hydration import (
    HISTORY_LIMIT,
    identity_of,
    make_message,
    make_session,
)
from cpsl.integration import Integration, IntegrationCredentials
from cpsl.messages import Attachment
from cpsl.records import BlockRecord, MessageRecord, UserRecord
from cpsl.turn_requests import SessionState, with_blocks
from tests.entries import make_entry


def make_state(**changes: Any) -> SessionState:
    return SessionState(**{"id": "s1", "user": UserRecord(id="dev"), **changes})


def test_session_has_what_is_stored() -> None:
    user = UserRecord(id="u1", email="u@x", org_id="acme", owner_id="org:acme")

    session = make_session(make_state(user=user, channel="telegram", data={"a": [1]}))

    assert session.id == "s1"
    assert (session.user.id, session.user.email, session.user.owner_id) == ("u1", "u@x", "org:acme")
    assert session.channel.type == "telegram"
    assert session.data == {"a": [1]}
    assert session.history == []


def test_stored_data_is_not_shared_with_the_session() -> None:
    state = make_state(data={"a": [1]})

    make_session(state).data["a"].append(2)

    assert state.data == {"a": [1]}


def test_history_keeps_texts_senders_and_times() -> None:
    session = make_session(make_state(history=[make_entry(0), make_entry(1, "app")]))

    assert [(m.text, m.sender) for m in session.history] == [("text 0", "user"), ("text 1", "app")]
    assert (
        session.history[0].timestamp == datetime(2026, 11, 22, 12, 0, 0, 500_000, UTC).timestamp()
    )


def test_history_is_the_newest_entries() -> None:
    history = [make_entry(index) for index in range(HISTORY_LIMIT + 10)]

    session = make_session(make_state(history=history))

    assert len(session.history) == 50
    assert session.history[-1].text == "text 59"


def test_integrations_are_credentials_by_name() -> None:
    stored = {"github": {"access_token": "t", "scopes": ["repo"], "unknown": 1}}

    session = make_session(make_state(integrations=stored))

    assert session.integrations[Integration.GITHUB] == IntegrationCredentials(
        access_token="t", scopes=["repo"]
    )


def test_message_has_its_attachments() -> None:
    record = MessageRecord(
        text="hi",
        timestamp="2026-11-22T12:00:00Z",
        attachments=[{"name": "a", "content_type": "text/plain", "url": "u", "size": 3}, {}],
    )

    message = make_message(record)

    assert (message.text, message.sender, message.channel_type) == ("hi", "user", "chat")
    assert message.attachments == [Attachment("a", "text/plain", "u", 3), Attachment("", "", "")]


def test_message_without_attachments_has_none() -> None:
    assert make_message(MessageRecord(text="hi")).attachments is None


def test_message_without_a_time_is_dated_now() -> None:
    assert make_message(MessageRecord(text="hi"), now=12.5).timestamp == 12.5


def test_time_without_a_zone_is_utc() -> None:
    record = MessageRecord(text="hi", timestamp="2026-11-22T12:00:00")

    assert make_message(record).timestamp == datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


def test_identity_is_that_of_the_user() -> None:
    user = UserRecord(id="u1", email="u@x", org_id="acme")

    identity = identity_of(make_session(make_state(user=user)))

    assert identity == Identity(
        user_id="u1", owner_id="org:acme", email="u@x", org_id="acme", session_id="s1"
    )


def test_blocks_do_not_count_in_the_history() -> None:
    said = [replace(make_entry(index), turn=index) for index in range(HISTORY_LIMIT)]
    blocks = [
        (turn, BlockRecord(id=str(turn), type="note", payload={})) for turn in range(HISTORY_LIMIT)
    ]
    older = [make_entry(-1), make_entry(-2)]

    session = make_session(make_state(history=[*older, *with_blocks(said, blocks)]))

    senders = [message.sender for message in session.history]
    assert senders == ["user", "block"] * HISTORY_LIMIT
