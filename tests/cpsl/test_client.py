from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

import cpsl
from cpsl.client import ChatResponse, Client, StreamChunk, read_chunks

APP = "11111111-2222-3333-4444-555555555555"


@dataclass
class Platform:
    """A stand-in for the platform: answers what it is told to, and remembers the requests."""

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    requests: list[tuple[str, str, str | None, Any]] = field(default_factory=list)

    def client(self) -> Client:
        return Client("t0ken", self.url + "/")


@pytest.fixture
def platform() -> Iterator[Platform]:
    state = Platform()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = orjson.loads(self.rfile.read(length)) if length else None
            token = self.headers.get("Authorization")
            state.requests.append((self.command, self.path, token, body))
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - named by the standard library

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN", "HTTP_URL", "GATEWAY_URL", "HTTP_PORT"):
        monkeypatch.delenv(f"CAPSULE_{name}", raising=False)


def test_a_client_needs_credentials() -> None:
    with pytest.raises(RuntimeError, match="There are no credentials: pass token=, or set CAPSULE"):
        cpsl.Client()


def test_a_client_needs_an_address() -> None:
    with pytest.raises(RuntimeError, match="The platform has no address: pass gateway_url="):
        cpsl.Client("t")


def test_an_address_must_be_one_of_http() -> None:
    with pytest.raises(ValueError, match="gateway_url 'file:///etc' must start with http://"):
        cpsl.Client("t", "file:///etc/")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HTTP_URL": "https://a.example/"}, "https://a.example"),
        ({"GATEWAY_URL": "https://a.example"}, "https://a.example"),
        ({"GATEWAY_URL": "a.example:1993", "HTTP_PORT": "1994"}, "http://a.example:1994"),
    ],
)
def test_the_environment_says_where_the_platform_is(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    monkeypatch.setenv("CAPSULE_TOKEN", "t")
    for name, value in variables.items():
        monkeypatch.setenv(f"CAPSULE_{name}", value)

    assert Client()._base == expected


def test_chatting_returns_the_first_reply_and_everything(platform: Platform) -> None:
    answer = {"replies": [{"text": "hi"}, {"text": "there"}], "session_id": "s", "request_id": "r"}
    platform.body = orjson.dumps(answer)

    response = platform.client().chat(APP, "hello", session_id="s")

    assert response == ChatResponse("hi", "s", "r", answer)
    assert str(response) == "hi"
    body = {"text": "hello", "session_id": "s"}
    assert platform.requests == [("POST", f"/api/v1/app/{APP}/chat", "Bearer t0ken", body)]


def test_an_answer_without_replies_is_empty(platform: Platform) -> None:
    assert platform.client().chat(APP, "hello").text == ""
    assert platform.requests[0][3] == {"text": "hello"}


def test_streaming_stops_at_the_last_piece(platform: Platform) -> None:
    platform.body = (
        b'event: chunk\ndata: {"text": "a"}\n\n'
        b'event: chunk\ndata: {"text": "b", "done": true}\n\n'
        b'data: {"text": "never"}\n\n'
    )

    chunks = list(platform.client().stream(APP, "a & b", "s"))

    assert [(chunk.text, chunk.done) for chunk in chunks] == [("a", False), ("b", True)]
    assert platform.requests[0][1] == f"/api/v1/app/{APP}/stream?text=a+%26+b&session_id=s"


@pytest.mark.parametrize(
    ("call", "method", "path"),
    [
        (lambda client: client.get_app(APP), "GET", f"/api/v1/apps/{APP}"),
        (lambda client: client.get_earnings(APP), "GET", f"/api/v1/apps/{APP}/earnings"),
        (
            lambda client: client.reset_onboarding(APP),
            "DELETE",
            f"/api/v1/app/{APP}/onboarding/complete",
        ),
    ],
)
def test_calls_go_to_their_paths(platform: Platform, call: Any, method: str, path: str) -> None:
    platform.body = b'{"a": 1}'

    assert call(platform.client()) == {"a": 1}
    assert platform.requests[0][:2] == (method, path)


def test_payments_are_a_list(platform: Platform) -> None:
    platform.body = b'{"payments": [{"id": 1}]}'

    assert platform.client().list_payments(APP) == [{"id": 1}]


def test_an_empty_body_is_an_empty_answer(platform: Platform) -> None:
    platform.body = b""

    assert platform.client().reset_onboarding(APP) == {}


def test_a_checkout_is_an_address(platform: Platform) -> None:
    platform.body = b'{"url": "https://pay.example"}'

    assert platform.client().create_checkout(APP, "https://back") == "https://pay.example"
    path = f"/api/v1/checkout/{APP}"
    assert platform.requests[0][1::2] == (path, {"return_url": "https://back"})


def test_a_free_app_has_no_checkout(platform: Platform) -> None:
    with pytest.raises(RuntimeError, match="costs nothing, so there is nothing to check out"):
        platform.client().create_checkout(APP)


def test_a_refusal_is_told_with_its_status(platform: Platform) -> None:
    platform.status, platform.body = 403, b"not yours"

    with pytest.raises(RuntimeError, match="HTTP 403: not yours"):
        platform.client().get_app(APP)


def test_a_refusal_without_words_is_told_with_the_reason(platform: Platform) -> None:
    platform.status, platform.body = 404, b""

    with pytest.raises(RuntimeError, match="HTTP 404: Not Found"):
        platform.client().get_app(APP)


def test_names_cannot_be_looked_up_yet() -> None:
    client = Client("t", "http://127.0.0.1:1")

    with pytest.raises(cpsl.NotAvailable, match="Looking up app 'notes' by name is not available"):
        client.get_app("notes")
    with pytest.raises(cpsl.NotAvailable, match=r"Client\.list_apps\(\) is not available"):
        client.list_apps()


def test_events_may_span_lines_and_need_no_end() -> None:
    lines = [b": ping\n", b"\n", b"event: a\r\n", b"data: {\n", b"data: }\n", b"\n", b"data:x\n"]

    assert list(read_chunks(lines)) == [
        StreamChunk("a", {}),
        StreamChunk("message", {"text": "x"}),
    ]


def test_the_last_piece_is_called_done_or_says_so() -> None:
    assert StreamChunk("done", {}).done
    assert StreamChunk("message", {"done": True}).done
    assert not StreamChunk("message", {}).done
    assert StreamChunk("done", {}).text == ""
