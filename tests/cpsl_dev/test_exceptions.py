"""Tests of the texts of the dev server's errors."""

from __future__ import annotations

import pytest

from cpsl.exceptions import CpslError
from cpsl_dev import exceptions
from cpsl_dev.exceptions import (
    BlockNotFound,
    BlockNotWaiting,
    DevError,
    InvalidInput,
    NoGeneration,
    NotPaused,
    QueueFull,
    RevisionMoved,
    ServerRunning,
    SessionExists,
    SessionMoved,
    SessionNotFound,
    TurnNotFound,
    TurnNotOver,
    TurnOver,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SessionNotFound("s'1"), 'There is no session "s\'1".'),
        (
            SessionExists("s1"),
            "Session 's1' exists already. Choose another id, or use that one.",
        ),
        (TurnNotFound("s1", 4), "Session 's1' has no turn 4."),
        (TurnOver("s1", 4, "failed"), "Turn 4 of session 's1' is over: it is failed."),
        (
            TurnNotOver("s1", 4, "running"),
            "Turn 4 of session 's1' is running. Wait until it is over, or cancel it.",
        ),
        (
            SessionMoved("s1", 4),
            "Turn 4 is not the last of session 's1' any more: what its replay gave cannot take "
            "its place. Replay the last turn.",
        ),
        (BlockNotFound("s1", "b"), "Session 's1' has no block 'b'."),
        (
            BlockNotWaiting("s1", "b"),
            "Block 'b' of session 's1' does not wait for an answer: it is no prompt, or it is "
            "over.",
        ),
        (
            NotPaused(123),
            "Process 123 has not stopped at a breakpoint, or it goes on already.",
        ),
        (
            RevisionMoved(3, 5),
            "The session is at revision 5, not 3. Read it again and repeat the edit.",
        ),
    ],
)
def test_an_error_says_what_is_wrong(error: DevError, text: str) -> None:
    assert str(error) == text


def test_every_error_can_be_caught_as_one_of_the_dev_server() -> None:
    kinds = [value for value in vars(exceptions).values() if isinstance(value, type)]

    assert all(issubclass(kind, DevError) or kind is CpslError for kind in kinds)


def test_an_input_error_points_at_the_field() -> None:
    assert InvalidInput("wrong", "/text").pointer == "/text"
    assert InvalidInput("wrong").pointer is None


def test_errors_keep_the_values_that_front_ends_need() -> None:
    assert SessionNotFound("s1").session_id == "s1"
    assert SessionExists("s1").session_id == "s1"
    assert TurnNotFound("s1", 4).turn == 4
    assert TurnOver("s1", 4, "done").turn == 4
    assert RevisionMoved(3, 5).found == 5


def test_errors_that_pass_say_when_to_try_again() -> None:
    assert QueueFull.retry_after_seconds == 1
    assert NoGeneration.retry_after_seconds == 1


def test_a_second_server_is_a_wrong_use() -> None:
    assert issubclass(ServerRunning, UsageError)
