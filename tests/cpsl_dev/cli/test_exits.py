from __future__ import annotations

import pytest

from cpsl_dev.cli.exits import NoServer, exit_for, refusal
from cpsl_dev.exceptions import (
    DevError,
    InvalidInput,
    NoGeneration,
    QueueFull,
    ServerRunning,
    SessionNotFound,
    StoreUnavailable,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("wrong"), 2),
        (ServerRunning("it runs"), 2),
        (InvalidInput("no", "/a"), 2),
        (SessionNotFound("s1"), 2),
        (NoGeneration("none"), 1),
        (QueueFull("full"), 1),
        (StoreUnavailable("disk full"), 1),
    ],
)
def test_an_error_has_its_exit_code(error: DevError, code: int) -> None:
    failure = exit_for(error)

    assert failure.exit_code == code
    assert failure.message == str(error)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 2), (401, 2), (404, 2), (422, 2), (409, 1), (429, 1), (500, 1), (503, 1), (507, 1)],
)
def test_a_problem_document_has_its_exit_code(status: int, code: int) -> None:
    failure = refusal(status, {"detail": "why"})

    assert (failure.exit_code, failure.message) == (code, "why")


def test_an_answer_without_a_reason_says_at_least_its_status() -> None:
    assert refusal(502, {}).message == "HTTP status 502"
    assert refusal(502, {"title": "Bad"}).message == "Bad"


def test_no_server_is_3_and_is_said_safely(capsys: pytest.CaptureFixture[str]) -> None:
    failure = NoServer("nothing at \x1b]0;evil\x07")

    failure.show()

    assert failure.exit_code == 3
    assert capsys.readouterr().err == "Error: nothing at ␛]0;evil␇\n"
