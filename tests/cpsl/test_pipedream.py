from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

import cpsl
from cpsl.context import LOCAL_IDENTITY, acting_for
from cpsl.exceptions import NotAvailable


def make_response(status: int, body: bytes = b"") -> cpsl.PipedreamProxyResponse:
    return cpsl.PipedreamProxyResponse(status_code=status, headers={"a": "b"}, body=body)


def make_session() -> cpsl.PipedreamProxySession:
    return cpsl.PipedreamProxySession(
        stub=None, app_id="a", user_email="", owner_id="", integration="slack"
    )


@pytest.mark.parametrize(
    ("status", "ok", "reason"),
    [
        (200, True, "OK"),
        (399, True, ""),
        (199, False, ""),
        (404, False, "Not Found"),
        (500, False, "Internal Server Error"),
    ],
)
def test_an_answer_is_ok_from_200_to_399(status: int, ok: bool, reason: str) -> None:
    response = make_response(status)

    assert (response.ok, response.reason, response.status_code) == (ok, reason, status)
    assert response.headers == {"a": "b"}


def test_an_answer_is_bytes_text_or_json() -> None:
    response = make_response(200, b'{"a": 1}')

    assert (response.content, response.text) == (b'{"a": 1}', '{"a": 1}')
    assert response.json() == {"a": 1}
    assert make_response(200, b"\xff").text == "\ufffd"
    with pytest.raises(ValueError, match="unexpected"):
        make_response(200, b"x").json()


def test_a_good_answer_raises_nothing() -> None:
    make_response(204).raise_for_status()


def test_a_failed_request_without_requests_is_a_runtime_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)

    with pytest.raises(RuntimeError, match="HTTP 404 Not Found: no such user"):
        make_response(404, b"no such user").raise_for_status()


def test_a_failed_request_with_requests_is_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class HTTPError(OSError):
        def __init__(self, text: str, response: Any) -> None:
            super().__init__(text)
            self.response = response

    requests: Any = ModuleType("requests")
    requests.HTTPError = HTTPError
    monkeypatch.setitem(sys.modules, "requests", requests)
    response = make_response(500)

    with pytest.raises(HTTPError, match="HTTP 500 Internal Server Error") as caught:
        response.raise_for_status()

    assert caught.value.response is response


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_a_request_says_that_it_does_not_work_yet(method: str) -> None:
    with pytest.raises(NotAvailable, match="A Pipedream request to slack is not available"):
        getattr(make_session(), method)("https://example.com", json={"a": 1})


def test_files_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="Files cannot be sent through Pipedream: send d"):
        make_session().post("https://example.com", files={})


def test_headers_can_be_set() -> None:
    session = make_session()

    session.headers["X-Trace"] = "1"

    assert session.headers == {"X-Trace": "1"}


def test_outside_of_a_handler_there_is_nobody_to_ask_as() -> None:
    with pytest.raises(
        RuntimeError, match=r"no active Capsule session: call cpsl\.pipedream\('git"
    ):
        cpsl.pipedream(cpsl.Integration.GITHUB)


def test_inside_a_handler_the_session_is_asked() -> None:
    session: Any = type("FakeSession", (), {"pipedream": lambda self, name: f"{name} session"})()

    with acting_for(session, LOCAL_IDENTITY):
        assert cpsl.pipedream("slack") == "slack session"
