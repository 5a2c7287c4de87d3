"""No answer leaves without the headers that keep it from being misread."""

from __future__ import annotations

import pytest

from cpsl.records import UserRecord
from cpsl_dev.debug.answers import empty_answer, json_answer, problem_answer, stream_answer
from cpsl_dev.debug.problems import Problem
from tests.endpoints import Served

EXPECTED = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "server": "cpsl-dev",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/status", 200),
        ("HEAD", "/status", 200),
        ("DELETE", "/sessions/nobody", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/status", 405),
        ("BAD METHOD", "/status", 400),
    ],
)
def test_every_answer_carries_the_security_headers(
    served: Served, method: str, path: str, status: int
) -> None:
    answer = served.ask(method, path)

    assert answer.status == status
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_stream_carries_them_too(served: Served) -> None:
    with served.stream() as events:
        headers = {name.lower(): value for name, value in events.response.getheaders()}

    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED


def test_records_are_written_field_by_field() -> None:
    response = json_answer(UserRecord(id="dev"), status=201, headers={"ETag": '"1"'})

    assert response.status == 201
    assert response.headers["ETag"] == '"1"'
    assert response.body == b'{"id":"dev","email":null,"org_id":null,"owner_id":""}'


def test_a_problem_has_its_own_type_and_headers() -> None:
    response = problem_answer(Problem("queue-full", "full", headers={"Retry-After": "1"}))

    assert response.status == 429
    assert response.reason == "Too Many Requests"
    assert response.content_type == "application/problem+json"
    assert response.headers["Retry-After"] == "1"


def test_an_empty_answer_and_a_stream_begin_without_a_body() -> None:
    assert empty_answer().status == 204
    assert stream_answer().content_type == "text/event-stream"
