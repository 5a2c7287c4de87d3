"""Who may come in: Host, Origin, token, type of the body; on every path, before anything else."""

from __future__ import annotations

import re

import pytest

from cpsl_dev.debug.binding import parse_host
from cpsl_dev.debug.guard import own_hosts
from cpsl_dev.debug.routes import ROUTES
from tests.endpoints import Serve, Served

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
VALUES = {"id": "s1", "n": "1", "block_id": "b1", "name": "f1"}
PATHS = sorted({re.sub(r"{(\w+)}", lambda part: VALUES[part[1]], route.path) for route in ROUTES})
ODD_PATHS = ("/", "/version", "/nothing", "/static/x.js", "/sessions/", "/..%2f", "//evil")


@pytest.mark.parametrize("path", [*PATHS, *ODD_PATHS])
@pytest.mark.parametrize("method", METHODS)
def test_nothing_but_health_is_answered_without_the_token(
    served: Served, method: str, path: str
) -> None:
    before = served.state()

    answer = served.ask(method, path, token=False)

    if path == "/health" and method in ("GET", "HEAD"):
        assert answer.status == 200
        return
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert method == "HEAD" or answer.kind == "no-token"
    assert served.state() == before


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_websocket_or_stream_is_refused_before_it_is_opened(
    served: Served, path: str, accept: str
) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Accept": accept,
    }

    answer = served.ask("GET", path, headers=headers, token=False)

    assert answer.status == (200 if path == "/health" else 401)


@pytest.mark.parametrize("path", [*PATHS, *ODD_PATHS])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_a_foreign_host_is_refused_on_every_path(served: Served, method: str, path: str) -> None:
    before = served.state()

    answer = served.ask(method, path, headers={"Host": f"evil.example:{served.port}"})

    assert answer.status == 403
    assert method == "HEAD" or answer.kind == "host-not-allowed"
    assert b"echo" not in answer.body
    assert served.state() == before


@pytest.mark.parametrize(
    "host",
    [
        "localhost.evil.example",
        "localhost:{port}.evil.example",
        "127.0.0.1.nip.io:{port}",
        "localhost@evil",
        "evil#localhost",
        "LOCALHOST:{port}",
        "localhost.:{port}",
        "localhost:99999",
        "localhost",
        "127.0.0.1",
        "127.1:{port}",
        "2130706433:{port}",
        "0.0.0.0:{port}",
        "[::]:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "127.0.0.1:0{port}",
        "127.0.0.1:{port},evil",
        "",
    ],
)
def test_only_the_exact_own_forms_of_a_host_pass(served: Served, host: str) -> None:
    answer = served.ask("GET", "/health", headers={"Host": host.format(port=served.port)})

    assert answer.status in (400, 403)


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}"])
def test_own_forms_of_a_host_pass(served: Served, host: str) -> None:
    answer = served.ask("GET", "/status", headers={"Host": host.format(port=served.port)})

    assert answer.status == 200


@pytest.mark.parametrize(
    "head",
    [
        "GET /health HTTP/1.1\r\n",
        "GET /health HTTP/1.0\r\n",
        "GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n",
        "GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n",
        "GET http://evil.example/status HTTP/1.1\r\nHost: evil.example\r\n",
    ],
)
def test_a_host_that_is_missing_or_doubled_is_refused(served: Served, head: str) -> None:
    answer = served.raw(head.format(port=served.port).encode() + b"\r\n")

    assert answer.status in (400, 403)


def test_a_target_with_another_host_in_it_leads_nowhere(served: Served) -> None:
    answer = served.ask("GET", "http://evil.example/status")

    assert answer.status == 404


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://203.0.113.9",
        "http://127.0.0.1:{port}",
        "http://localhost:{port}",
        "http://localhost:{port}.evil",
        "http://localhost:{port}@evil",
        "https://localhost:{port}",
        "http://localhost:1",
        "http://127.0.0.1:{port}/",
        "HTTP://LOCALHOST:{port}",
        "http://localhost.:{port}",
        "",
    ],
)
@pytest.mark.parametrize(("method", "path"), [(r.method, r.path) for r in ROUTES])
def test_every_origin_is_refused(served: Served, method: str, path: str, origin: str) -> None:
    before = served.state()

    answer = served.ask(method, path, headers={"Origin": origin.format(port=served.port)})

    assert answer.status == 403
    assert answer.kind == "origin-not-allowed"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert served.state() == before


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site", "nonsense"])
def test_what_a_page_elsewhere_makes_a_browser_load_is_refused(served: Served, site: str) -> None:
    answer = served.ask("GET", "/sessions", headers={"Sec-Fetch-Site": site})

    assert answer.status == 403
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_what_the_user_opens_passes(served: Served, site: str) -> None:
    assert served.ask("GET", "/sessions", headers={"Sec-Fetch-Site": site}).status == 200


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_a_preflight_of_a_foreign_page_gets_no_permission(served: Served, path: str) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
        "Access-Control-Request-Private-Network": "true",
    }

    answer = served.ask("OPTIONS", path, headers=headers, token=False)

    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_pages_of_an_allowed_origin_may_call(serve: Serve) -> None:
    served = serve(allow_origins=("http://localhost:5173",))
    headers = {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-site"}
    asks = {"Access-Control-Request-Method": "POST"}
    private = {"Access-Control-Request-Private-Network": "true"}

    answer = served.ask("GET", "/sessions", headers=headers)
    missing = served.ask("GET", "/nothing", headers=headers)
    preflight = served.ask("OPTIONS", "/sessions", headers={**headers, **asks}, token=False)
    inward = served.ask("OPTIONS", "/sessions", headers={**headers, **asks, **private}, token=False)
    other = served.ask("GET", "/sessions", headers={"Origin": "http://localhost:5174"})
    without_token = served.ask("GET", "/sessions", headers=headers, token=False)

    assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert answer.headers["vary"] == "Origin"
    assert missing.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert "access-control-allow-private-network" not in preflight.headers
    assert inward.headers["access-control-allow-private-network"] == "true"
    assert other.status == 403
    assert without_token.status == 401


def test_an_allowed_host_is_answered_with_the_port_or_without(serve: Serve) -> None:
    served = serve(allow_hosts=("dev.example", "other.example:80"))

    statuses = {
        host: served.ask("GET", "/status", headers={"Host": host}).status
        for host in (
            "dev.example",
            f"dev.example:{served.port}",
            "other.example:80",
            "other.example",
            "dev.example:1",
        )
    }

    assert statuses == {
        "dev.example": 200,
        f"dev.example:{served.port}": 200,
        "other.example:80": 200,
        "other.example": 403,
        "dev.example:1": 403,
    }


def test_the_bound_address_is_an_own_form_but_a_wildcard_is_not() -> None:
    bound = own_hosts(parse_host("127.0.0.2"), 4600, [])
    wildcard = own_hosts(parse_host("0.0.0.0"), 4600, [])

    assert "127.0.0.2:4600" in bound
    assert "0.0.0.0:4600" not in wildcard
    assert "127.0.0.1" in own_hosts(parse_host("localhost"), 80, [])


def test_where_all_addresses_are_listened_on_the_one_connected_to_is_an_own_form(
    serve: Serve,
) -> None:
    served = serve(host="0.0.0.0")

    with_name = served.ask("GET", "/status", headers={"Host": f"evil.example:{served.port}"})
    with_wildcard = served.ask("GET", "/status", headers={"Host": f"0.0.0.0:{served.port}"})

    assert served.endpoint.url == f"http://127.0.0.1:{served.port}"
    assert served.ask("GET", "/status").status == 200
    assert with_name.status == 403
    assert with_wildcard.status == 403


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer {token} {token}",
        "Bearer \udcff\udcfe",
    ],
)
def test_anything_but_the_token_is_refused(served: Served, authorization: str) -> None:
    value = authorization.format(token=served.token)

    assert served.ask("GET", "/status", headers={"Authorization": value}).status == 401


def test_the_scheme_of_the_token_may_be_in_any_case(served: Served) -> None:
    headers = {"Authorization": f"bearer {served.token}"}

    assert served.ask("GET", "/status", headers=headers).status == 200


def test_two_tokens_are_refused(served: Served) -> None:
    head = served.head("GET", "/status", {"authorization": f"Bearer {served.token}"})

    assert served.raw(head).status == 401


def test_ten_thousand_wrong_tokens_leave_the_server_quick_and_the_log_short(
    serve: Serve,
) -> None:
    # One that has told of no refusal yet.
    served = serve()
    before = served.core.server.log.last_seq
    request = served.head("GET", "/status", {"Authorization": "Bearer wrong"})
    with served.connect() as sock:
        for _ in range(100):
            sock.sendall(request * 100)
            received = b""
            while received.count(b"HTTP/1.1 401 ") < 100:
                received += sock.recv(65_536)

    assert served.ask("GET", "/status").status == 200
    page = served.ask("GET", f"/events?after={before}&kind=client.refused").json()["events"]
    assert 0 < len(page) < 100


def test_without_auth_no_token_is_asked_for_but_hosts_and_origins_are(serve: Serve) -> None:
    served = serve(auth=False)

    assert served.endpoint.token is None
    assert served.ask("GET", "/status", token=False).status == 200
    assert served.ask("GET", "/status", headers={"Host": "evil.example"}).status == 403
    assert served.ask("GET", "/status", headers={"Origin": "null"}).status == 403


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=nope",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "application/jsonp",
        "text/plain; application/json",
        "",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [(route.method, route.path) for route in ROUTES if route.body]
)
def test_a_body_of_a_type_that_a_form_can_send_is_refused(
    served: Served, method: str, path: str, content_type: str
) -> None:
    before = served.state()

    answer = served.ask(method, path, b'{"text": "hi"}', headers={"Content-Type": content_type})

    assert answer.status == 415
    assert answer.kind == "unsupported-type"
    assert served.state() == before


def test_a_body_without_a_type_or_with_two_is_refused(served: Served) -> None:
    no_type = served.head("POST", "/sessions", {"Content-Length": "2"}) + b"{}"
    two = {"Content-Length": "2", "Content-Type": "text/plain", "content-type": "application/json"}

    assert served.raw(no_type).status == 415
    assert served.raw(served.head("POST", "/sessions", two) + b"{}").status in (400, 415)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
)
def test_json_may_say_that_it_is_utf8(served: Served, content_type: str) -> None:
    answer = served.ask("POST", "/reload", b"{}", headers={"Content-Type": content_type})

    assert answer.status == 200


def test_a_patch_of_the_wrong_type_says_which_are_taken(served: Served) -> None:
    answer = served.ask("PATCH", "/sessions/s1/data", {"a": 1})

    assert answer.status == 415
    assert answer.headers["accept-patch"] == (
        "application/json-patch+json, application/merge-patch+json"
    )
