"""Tests of what is refused at the door."""

from __future__ import annotations

from typing import Any

import pytest

from cpsl.records import UserRecord
from cpsl_dev.exceptions import InvalidInput, SessionNotFound
from cpsl_dev.inputs import (
    DEFAULT_USER,
    check_data,
    check_json,
    check_known_session_id,
    check_message,
    check_new_session_id,
    check_text,
    is_session_id,
    read_user,
    user_from_option,
)

BAD_IDS = ["", ".", "..", "a/b", "a b", "ä", "a\n", "x" * 129, "a\0", None, 5, ["a"]]


@pytest.mark.parametrize("text", ["a", "...", "x" * 128, "A-z_0.9~:@-", "user@example.com"])
def test_an_id_that_can_be_one(text: str) -> None:
    assert is_session_id(text)
    check_new_session_id(text)
    check_known_session_id(text)


@pytest.mark.parametrize("text", BAD_IDS)
def test_an_id_that_cannot_be_one_is_wrong_where_it_would_be_made(text: Any) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be the id of a session.*1 to 128") as refused:
        check_new_session_id(text)

    assert refused.value.pointer == "/id"
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("text", [text for text in BAD_IDS if isinstance(text, str)])
def test_an_id_that_cannot_be_one_is_unknown_where_it_is_looked_up(text: str) -> None:
    with pytest.raises(SessionNotFound, match="There is no session"):
        check_known_session_id(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (5, "5 is not text."),
        (None, "None is not text."),
        ("a\0b", "The text holds a NUL character."),
        ("ab\ud800", "The text holds half of a surrogate pair at character 2."),
    ],
)
def test_text_that_cannot_be_stored(text: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_text(text, "/text")

    assert (str(refused.value), refused.value.pointer) == (said, "/text")


@pytest.mark.parametrize("text", ["hi", "👩‍👩‍👧", "\ufffe", "\x1b[31m", "x" * 1_000_000])
def test_a_message_that_can_be_taken(text: str) -> None:
    check_message(text, [])


def test_a_message_of_attachments_alone_can_be_taken() -> None:
    attachment = {"name": "a.txt", "content_type": "text/plain", "url": "file:///a", "size": 5}

    check_message("", [attachment])


@pytest.mark.parametrize(
    ("text", "attachments", "said", "pointer"),
    [
        ("", [], "The message is empty: write a text, or attach a file.", "/text"),
        (" \n\t", [], "The message is empty: write a text, or attach a file.", "/text"),
        (["a"], [], "['a'] is not text.", "/text"),
        ("a", {}, "{} is not a list of attachments.", "/attachments"),
        ("a", ["b"], "'b' is not an attachment: it must be an object.", "/attachments/0"),
        (
            "a",
            [{"name": "b"}],
            "An attachment needs 'content_type'.",
            "/attachments/0/content_type",
        ),
    ],
)
def test_a_message_that_cannot_be_taken(
    text: Any, attachments: Any, said: str, pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_message(text, attachments)

    assert (str(refused.value), refused.value.pointer) == (said, pointer)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("size", "5", "'5' is not a size in bytes."),
        ("size", True, "True is not a size in bytes."),
        ("size", -1, "-1 is not a size in bytes."),
        ("size", 2**64, "18446744073709551616 is not a size in bytes."),
        ("name", 5, "5 is not text."),
        ("url", "a\0", "The text holds a NUL character."),
        ("a/b", 5, "An attachment has no 'a/b'."),
    ],
)
def test_an_attachment_that_cannot_be_taken(field: str, value: Any, said: str) -> None:
    attachment = {"name": "a", "content_type": "b", "url": "c", field: value}

    with pytest.raises(InvalidInput) as refused:
        check_message("hi", [attachment])

    assert str(refused.value) == said
    assert refused.value.pointer == f"/attachments/0/{field.replace('/', '~1')}"


@pytest.mark.parametrize(
    "value", [None, True, 1.5, 2**63 - 1, -(2**63), "ü", [], {}, {"a": [{"b": None}]}]
)
def test_json_that_can_be_stored(value: Any) -> None:
    check_json(value, "")


@pytest.mark.parametrize(
    ("value", "said", "pointer"),
    [
        (2**63, "9223372036854775808 does not fit in 64 bits.", ""),
        ({"a": [0, 2**70]}, "1180591620717411303424 does not fit in 64 bits.", "/a/1"),
        ({"a/b": {"m~n": "\0"}}, "The text holds a NUL character.", "/a~1b/m~0n"),
        (["\udc00"], "The text holds half of a surrogate pair at character 0.", "/0"),
        ({"a\0": 1}, "The text holds a NUL character.", "/a\0"),
    ],
)
def test_json_that_cannot_be_stored(value: Any, said: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_json(value, "")

    assert (str(refused.value), refused.value.pointer) == (said, pointer)


def test_json_that_is_too_deep_is_refused_before_it_breaks_anything() -> None:
    value: Any = 1
    for _ in range(5_000):
        value = [value]

    with pytest.raises(InvalidInput, match="nested deeper than 200 levels"):
        check_json(value, "")


def test_data_is_an_object() -> None:
    assert check_data({"a": 1}) == {"a": 1}
    with pytest.raises(InvalidInput, match=r"The data of a session is an object, not \[1\]"):
        check_data([1])


def test_nobody_named_is_the_local_developer() -> None:
    assert read_user(None) == DEFAULT_USER
    assert read_user({}) == DEFAULT_USER


def test_a_user_is_read_with_the_owner_that_follows() -> None:
    user = read_user({"id": "alice", "email": None, "org_id": "acme"})

    assert user == UserRecord(id="alice", email=None, org_id="acme", owner_id="org:acme")


def test_another_user_does_not_get_the_developers_address() -> None:
    assert read_user({"id": "alice"}).email is None


@pytest.mark.parametrize(
    ("values", "said", "pointer"),
    [
        ("alice", "'alice' is not a user: it must be an object.", "/user"),
        ({"name": "a"}, "A user has no 'name', only id, email, org_id.", "/user/name"),
        ({"id": 5}, "5 is not text.", "/user/id"),
        ({"email": "a\0"}, "The text holds a NUL character.", "/user/email"),
    ],
)
def test_a_user_that_cannot_be_one(values: Any, said: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_user(values)

    assert (str(refused.value), refused.value.pointer) == (said, pointer)


@pytest.mark.parametrize(
    ("option", "user"),
    [
        (None, None),
        ("", None),
        ("alice", {"id": "alice", "email": "alice@localhost"}),
        ("alice@example.com", {"id": "alice", "email": "alice@example.com"}),
        ("@example.com", {"id": "@example.com", "email": "@example.com"}),
    ],
)
def test_a_user_named_on_the_command_line(option: str | None, user: Any) -> None:
    assert user_from_option(option) == user
