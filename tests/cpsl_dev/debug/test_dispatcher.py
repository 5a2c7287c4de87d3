"""What the guard says comes first; then the route; and nothing is left without an answer."""

from __future__ import annotations

import pytest

from cpsl_dev.exceptions import (
    DevError,
    NoGeneration,
    QueueFull,
    RevisionMoved,
    StoreUnavailable,
    UsageError,
)
from tests.endpoints import Served


@pytest.mark.parametrize(
    ("headers", "token", "content_type", "kind"),
    [
        ({"Host": "evil", "Origin": "null"}, False, "text/plain", "host-not-allowed"),
        ({"Origin": "null"}, False, "text/plain", "origin-not-allowed"),
        ({"Sec-Fetch-Site": "cross-site"}, False, "text/plain", "origin-not-allowed"),
        ({}, False, "text/plain", "no-token"),
        ({}, True, "text/plain", "unsupported-type"),
        ({}, True, "application/json", "not-found"),
    ],
)
def test_checks_come_in_their_order_on_an_unknown_path_too(
    served: Served, headers: dict[str, str], token: bool, content_type: str, kind: str
) -> None:
    given = {**headers, "Content-Type": content_type}

    answer = served.ask("POST", "/nothing", b"{}", headers=given, token=token)

    assert answer.kind == kind


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QueueFull("100 turns wait in this session."), 429),
        (NoGeneration("No generation of the app can serve."), 503),
        (StoreUnavailable("The disk is full."), 507),
        (RevisionMoved(1, 2), 412),
    ],
)
def test_an_error_of_the_dev_server_is_answered_with_its_problem(
    served: Served, monkeypatch: pytest.MonkeyPatch, error: DevError, status: int
) -> None:
    async def refuse(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(served.core.server, "send", refuse)

    answer = served.ask("POST", "/sessions/s1/messages", {"text": "hi"})

    assert answer.status == status
    assert answer.json()["detail"] == str(error)
    assert ("retry-after" in answer.headers) == (status in (429, 503))


def test_an_error_that_should_not_come_here_is_logged(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise UsageError("nobody expects this")

    monkeypatch.setattr(served.core.server, "status", refuse)

    assert served.ask("GET", "/status").status == 500
    assert "nobody expects this" in caplog.text


def test_a_refused_client_is_an_event(served: Served) -> None:
    before = served.core.server.log.last_seq

    served.ask("GET", "/sessions?secret=1", token=False)

    with served.stream(f"/events?after={before}&kind=client.refused") as events:
        event = events.next_event()
        while event["path"] != "/sessions":
            event = events.next_event()
    assert event["status"] == 401


def test_a_chain_of_blind_requests_breaks_at_its_first(served: Served) -> None:
    before = served.state()
    plain = {"Content-Type": "text/plain", "Origin": "https://evil.example"}

    statuses = [
        served.ask("POST", "/sessions", b'{"id": "csrf"}', headers=plain, token=False).status,
        served.ask(
            "POST", "/sessions/csrf/messages", b'{"text":"="}', headers=plain, token=False
        ).status,
        served.ask("PATCH", "/sessions/csrf/data", b"{}", headers=plain, token=False).status,
    ]

    assert statuses == [403, 403, 403]
    assert served.state() == before


def test_nothing_ever_redirects(served: Served) -> None:
    for path in ("//evil.example", "/\\evil.example", "/sessions/?next=//evil.example"):
        answer = served.ask("GET", path)
        assert answer.status == 404
        assert "location" not in answer.headers
