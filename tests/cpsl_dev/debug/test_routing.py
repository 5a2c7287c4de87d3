"""Which route a request leads to, and what it asks for beside the body."""

from __future__ import annotations

from typing import Any, cast

import pytest
from aiohttp import web
from multidict import CIMultiDict

from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routes import ROUTES
from cpsl_dev.debug.routing import Call, Router, parse_query
from tests.endpoints import Served

ROUTER = Router(ROUTES)


def make_call(
    *headers: tuple[str, str], method: str = "GET", query: str = "", streams: bool = True
) -> Call:
    class Request:
        def __init__(self) -> None:
            self.method = method
            self.headers = CIMultiDict(headers)

    route = next(route for route in ROUTES if route.streams is streams)
    nobody = cast(Any, None)
    return Call(
        request=cast(web.BaseRequest, Request()),
        connection=nobody,
        route=route,
        server=nobody,
        streams=nobody,
        max_body_bytes=1,
        query=parse_query(query),
    )


@pytest.mark.parametrize(
    ("method", "path", "template", "parameters"),
    [
        ("GET", "/status", "/status", {}),
        ("HEAD", "/status", "/status", {}),
        ("GET", "/sessions/a%20b", "/sessions/{id}", {"id": "a b"}),
        ("GET", "/sessions/..%2f..%2fetc", "/sessions/{id}", {"id": "../../etc"}),
        ("GET", "/sessions/%00", "/sessions/{id}", {"id": "\0"}),
        ("GET", "/sessions/s1/turns/1", "/sessions/{id}/turns/{n}", {"id": "s1", "n": "1"}),
        ("POST", "/sessions/s1/turns/1/cancel", "/sessions/{id}/turns/{n}/cancel", None),
    ],
)
def test_a_path_leads_to_its_route(
    method: str, path: str, template: str, parameters: dict[str, str] | None
) -> None:
    match = ROUTER.find(method, path)

    assert match.route is not None
    assert match.route.path == template
    assert parameters is None or match.parameters == parameters


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "//status",
        "/status/",
        "/Status",
        "/status;x",
        "/status#x",
        "/%73tatus",
        "/./status",
        "/sessions/",
        "/sessions/%ff",
        "/sessions/s1/",
        "/sessions/../../etc/passwd",
        "/sessions/..%2f/turns/1/2",
        "/etc/passwd",
        "/.env",
        "/.git/config",
        "/.cpsl/dev.json",
        "/\\evil",
        "*",
        "http://evil.example/status",
    ],
)
def test_any_other_path_leads_nowhere(path: str) -> None:
    match = ROUTER.find("GET", path)

    assert match.route is None
    assert match.allowed == ()


def test_a_path_knows_which_methods_it_takes() -> None:
    match = ROUTER.find("PUT", "/sessions/s1")

    assert match.route is None
    assert match.allowed == ("DELETE", "GET", "HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/sessions/%2e%2e",
        "/sessions/.",
        "/sessions/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/sessions/a%00b",
        "/sessions/" + "x" * 1_000,
        "/sessions/%F0%9F%92%A9",
        "/sessions/a%20b/turns/1",
        "/sessions/nobody/turns/1",
        "/sessions/nobody/turns/99999999999999999999",
        "/sessions/nobody/turns/-1",
        "/sessions/nobody/turns/1e3",
        "/sessions/nobody/turns/%EF%BC%91",
        "/sessions/nobody/history",
        "/etc/passwd",
        "//etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%252e%252e/etc/passwd",
        "/..\\..\\etc\\passwd",
        "/status?raw??/../../etc/passwd#",
    ],
)
def test_no_path_reaches_a_file_or_breaks_anything(served: Served, path: str) -> None:
    answer = served.ask("GET", path)

    assert answer.status in (200, 400, 404)
    assert b"root:" not in answer.body
    assert path.startswith("/status") or answer.status != 200


@pytest.mark.parametrize("path", [route.path for route in ROUTES if route.method != "GET"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_is_changed_by_reading(served: Served, path: str, method: str) -> None:
    before = served.state()
    target = path.replace("{id}", "s1").replace("{n}", "1")

    for suffix in ("", "?_method=POST", "?method=DELETE"):
        served.ask(method, target + suffix, headers={"X-HTTP-Method-Override": "POST"})

    assert served.state() == before


def test_a_method_that_is_not_taken_is_405_and_says_which_are(served: Served) -> None:
    answer = served.ask("PUT", "/sessions/s1")

    assert answer.status == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD"
    assert answer.json()["detail"] == "This path takes DELETE, GET, HEAD, not PUT."


def test_a_path_that_is_not_there_is_404_and_says_where_to_look(served: Served) -> None:
    answer = served.ask("GET", "/nothing")

    assert answer.status == 404
    assert answer.json()["detail"] == (
        "There is nothing at '/nothing'. GET /openapi.json lists what there is."
    )


@pytest.mark.parametrize("text", ["%ff=1", "&".join(["a=1"] * 60)])
def test_a_query_that_cannot_be_read_is_400(text: str) -> None:
    with pytest.raises(Problem, match=r"The query of the URL cannot be read\."):
        parse_query(text)


def test_a_parameter_may_repeat_and_the_last_counts_where_one_is_wanted() -> None:
    call = make_call(query="kind=a&kind=b&limit=")

    assert call.query_values("kind") == ["a", "b"]
    assert call.query_value("kind") == "b"
    assert call.query_value("limit") == ""
    assert call.query_value("other") is None


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "1.5", "101", "1" * 30, "\uff11"])
def test_a_number_out_of_bounds_is_refused(text: str) -> None:
    call = make_call(query=f"limit={text}")

    with pytest.raises(Problem, match=r"limit must be a whole number from 1 to 100\."):
        call.query_number("limit", 5, most=100)


def test_a_number_may_be_left_out() -> None:
    assert make_call().query_number("limit", 5, most=100) == 5
    assert make_call(query="limit=100").query_number("limit", 5, most=100) == 100


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream; q=0.5, */*", True),
        ("application/json, text/event-stream;q=1", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream; q=0.000", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
    ],
)
def test_events_are_streamed_to_who_asks_for_them(accept: str, wanted: bool) -> None:
    assert make_call(("Accept", accept)).wants_events() is wanted


def test_a_head_request_or_another_route_never_streams() -> None:
    accept = ("Accept", "text/event-stream")

    assert not make_call(accept, method="HEAD").wants_events()
    assert not make_call(accept, streams=False).wants_events()


@pytest.mark.parametrize(
    ("prefer", "wanted"),
    [
        ("respond-async", True),
        ("wait=5, Respond-Async", True),
        ("respond-async; x=1", True),
        ("respond-asynchronously", False),
    ],
)
def test_a_preference_is_found_in_its_header(prefer: str, wanted: bool) -> None:
    assert make_call(("Prefer", prefer)).prefers("respond-async") is wanted
