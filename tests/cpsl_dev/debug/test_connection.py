"""What is no HTTP, comes too slowly, or leaves early."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from cpsl_dev.debug import connection
from tests.endpoints import Served, wait_until


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100,
        b"GET /status HTTP/9.9\r\nHost: {host}\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: {host}\r\nBad Header: x\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: {host}\r\nX: a\r\n folded\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: {host}\r\nX: a\x00b\r\n\r\n",
        b"POST /reload HTTP/1.1\r\nHost: {host}\r\nContent-Length: +5\r\n\r\n{}   ",
        b"POST /reload HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
        b"POST /reload HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n"
        b"Content-Length: 3\r\n\r\n{}",
        b"POST /reload HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /reload HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_a_problem_document_and_the_server_goes_on(
    served: Served, data: bytes
) -> None:
    before = served.state()

    with served.connect() as sock:
        sock.sendall(data.replace(b"{host}", f"127.0.0.1:{served.port}".encode()))
        answer = served.read_answer(sock)
        rest = sock.recv(1)

    assert answer.status == 400
    assert answer.kind == "malformed-request"
    assert rest == b""
    assert served.ask("GET", "/status").status == 200
    assert served.state() == before


def test_a_line_that_is_too_long_gets_a_problem_document(served: Served) -> None:
    answer = served.ask("GET", "/" + "x" * 20_000)

    assert answer.status in (400, 431)
    assert answer.headers["content-type"] == "application/problem+json"


def test_far_too_many_headers_are_refused(served: Served) -> None:
    headers = {f"X-{number}": "x" * 100 for number in range(5_000)}

    assert served.ask("GET", "/status", headers=headers).status in (400, 431)


def test_ten_thousand_requests_at_once_are_answered_in_order(served: Served) -> None:
    count = 10_000
    with served.connect() as sock:
        sock.settimeout(30)
        request = served.head("GET", "/health")
        received = b""
        for _ in range(count // 1_000):
            sock.sendall(request * 1_000)
            while received.count(b'{"status":"ok"}') < 1_000:
                received += sock.recv(1_000_000)
            received = b""

    assert served.ask("GET", "/status").status == 200


def test_half_a_head_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_SECONDS", 0.2)
    with served.connect() as sock:
        sock.sendall(b"GET /status HTTP/1.1\r\nHost: 127")

        answer = served.read_answer(sock)
        rest = sock.recv(1)

    assert answer.status == 408
    assert answer.kind == "too-slow"
    assert answer.json()["detail"] == "The head of the request took over 0.2 seconds."
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert rest == b""


def test_a_connection_that_says_nothing_is_closed_without_a_word(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_SECONDS", 0.2)
    with served.connect() as sock:
        assert sock.recv(1) == b""


def test_half_a_head_after_a_whole_request_is_given_up_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_SECONDS", 0.2)
    with served.connect() as sock:
        sock.sendall(served.head("GET", "/status"))
        assert served.read_answer(sock).status == 200
        sock.sendall(b"GET /st")

        assert served.read_answer(sock).status == 408


def test_a_slow_turn_is_not_a_slow_head(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_SECONDS", 0.1)

    assert served.ask("POST", "/reload").status == 200


def test_five_hundred_half_heads_do_not_keep_others_out(served: Served) -> None:
    socks = [served.connect() for _ in range(500)]
    try:
        for sock in socks:
            sock.sendall(b"GET /status HTTP/1.1\r\n")

        assert served.ask("GET", "/status").status == 200
    finally:
        for sock in socks:
            sock.close()


def test_beyond_the_limit_a_connection_is_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 2)
    wait_until(lambda: served.connections() == 0)
    with served.connect(), served.connect():
        wait_until(lambda: served.connections() == 2)
        with served.connect() as third:
            assert third.recv(1) == b""

    wait_until(lambda: served.connections() == 0)
    assert served.ask("GET", "/status").status == 200


def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_nothing_behind(
    served: Served,
) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": "100"}
    for _ in range(20):
        with served.connect() as sock:
            sock.sendall(served.head("POST", "/sessions", headers) + b'{"id": "half')
            # Reset, not closed: what a killed client looks like.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    wait_until(lambda: served.connections() == 0)
    assert served.ask("GET", "/sessions/half").status == 404


def test_a_client_that_leaves_before_its_answer_is_not_waited_for(served: Served) -> None:
    served.ask("POST", "/sessions", {"id": "left"})
    body = b'{"text": "wait"}'
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    with served.connect() as sock:
        sock.sendall(served.head("POST", "/sessions/left/messages", headers) + body)
        wait_until(lambda: served.ask("GET", "/sessions/left").json()["turns"] == 1)

    wait_until(lambda: served.connections() == 0)
    turn = served.ask("POST", "/sessions/left/turns/1/cancel").json()
    assert turn["status"] == "interrupted"


def test_a_fault_of_the_server_is_a_problem_document_without_details(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(served.core.server, "status", fail)

    answer = served.ask("GET", "/status")

    assert answer.status == 500
    assert answer.kind == "bug"
    assert b"secret" not in answer.body
    assert "A request failed in the dev server" in caplog.text
    assert "the secret inside" in caplog.text


def test_a_fault_after_the_answer_has_begun_closes_the_connection(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> bytes:
        raise RuntimeError("cannot be encoded")

    monkeypatch.setattr("cpsl_dev.debug.streams.encode_event", fail)
    with served.stream() as events:
        served.record("output.written", stream="stdout", text="x")
        rest = b"".join(events.next_block()[0].encode() for _ in range(1))
        ended = events.sock.recv(100)

    assert rest == b"retry: 1000"
    assert ended in (b"", b"0\r\n\r\n")


async def test_work_for_a_client_ends_with_the_client() -> None:
    loop = asyncio.get_running_loop()
    client = connection.Connection.__new__(connection.Connection)
    client.gone = loop.create_future()
    loop.call_soon(client.gone.set_result, None)

    with pytest.raises(ConnectionResetError, match="The client has left"):
        await client.while_here(asyncio.sleep(60))
