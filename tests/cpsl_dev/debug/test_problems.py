"""Every error of the dev server becomes a problem document with the right status."""

from __future__ import annotations

import pytest

from cpsl_dev import exceptions
from cpsl_dev.debug.problems import KINDS, Problem, problem_of
from cpsl_dev.exceptions import (
    DevError,
    InvalidInput,
    NoGeneration,
    PatchTestFailed,
    QueueFull,
    RevisionMoved,
    SessionExists,
    SessionNotFound,
    StoreUnavailable,
    TurnNotFound,
    TurnOver,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("no", "/a"), 422),
        (SessionNotFound("s1"), 404),
        (TurnNotFound("s1", 1), 404),
        (SessionExists("s1"), 409),
        (TurnOver("s1", 1, "done"), 409),
        (PatchTestFailed("no"), 409),
        (RevisionMoved(1, 2), 412),
        (QueueFull("full"), 429),
        (NoGeneration("none"), 503),
        (StoreUnavailable("disk full"), 507),
        (DevError("what"), 500),
    ],
)
def test_an_error_has_its_status_and_says_its_text(error: DevError, status: int) -> None:
    problem = problem_of(error)

    assert problem.status == status
    assert problem.to_json()["detail"] == str(error)
    assert problem.to_json()["type"] == f"urn:cpsl:problem:{problem.name}"


def test_only_what_is_no_answer_to_a_request_counts_as_a_fault() -> None:
    kinds = [kind for kind in vars(exceptions).values() if isinstance(kind, type)]
    errors = [kind for kind in kinds if issubclass(kind, DevError) and kind is not InvalidInput]

    faults = {kind for kind in errors if problem_of(kind.__new__(kind)).status == 500}

    assert all(kind is DevError or issubclass(kind, UsageError) for kind in faults), faults


def test_a_pointer_is_told_where_there_is_one() -> None:
    assert problem_of(InvalidInput("no", "/text")).to_json()["pointer"] == "/text"
    assert "pointer" not in problem_of(InvalidInput("no")).to_json()


@pytest.mark.parametrize("error", [QueueFull("full"), NoGeneration("none")])
def test_what_passes_by_itself_says_when_to_try_again(error: DevError) -> None:
    assert problem_of(error).headers == {"Retry-After": "1"}


@pytest.mark.parametrize("name", KINDS)
def test_every_problem_is_complete(name: str) -> None:
    document = Problem(name, "why").to_json()

    assert set(document) == {"type", "title", "status", "detail"}
    assert 400 <= document["status"] <= 507
