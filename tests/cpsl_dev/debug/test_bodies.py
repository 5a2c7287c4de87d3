"""Whatever a body holds: a clear answer, nothing changed, nobody dead."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import orjson
import pytest

from cpsl_dev.debug import bodies
from cpsl_dev.debug.bodies import check
from cpsl_dev.exceptions import InvalidInput
from tests.endpoints import Serve, Served

MESSAGES = "/sessions/s1/messages"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "on": {"type": "boolean"},
        "maybe": {"type": ["string", "null"]},
        "items": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["text"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xef\xbb\xbf",
        b'\xef\xbb\xbf{"text": "hi"}',
        b"NaN",
        b'{"text": NaN}',
        b'{"text": Infinity}',
        b'{"text": "a\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"'text'",
        b'{"text": "hi",}',
        b'{"text": "hi"} x',
        b"text=hi",
        b" ",
    ],
)
def test_what_is_not_json_is_400(served: Served, body: bytes) -> None:
    before = served.state()

    answer = served.ask("POST", MESSAGES, body)

    assert answer.status == 400
    assert answer.kind == "invalid-json"
    assert answer.headers["content-type"] == "application/problem+json"
    assert served.state() == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"text": "\\ud800"}', "/text"),
        (b'{"text": "a\\u0000b"}', "/text"),
        (b'{"\\ud800": 1, "text": "hi"}', "/?"),
        (b'{"text": 9223372036854775808}', "/text"),
        (b'{"text": 18446744073709551616}', "/text"),
        (b'{"text": 1e999}', "/text"),
        (b'{"text": ["hi"]}', "/text"),
        (b'{"text": null}', "/text"),
        (b'{"text": true}', "/text"),
        (b'{"text": "hi", "other": 1}', "/other"),
        (b'{"text": "hi", "a/b~c": 1}', "/a~1b~0c"),
        (b'{"text": "hi", "__class__": "os.system"}', "/__class__"),
        (b"{}", "/text"),
        (b"", "/text"),
        (b"[]", ""),
        (b"null", ""),
        (b'"text"', ""),
        (b'{"text": ""}', "/text"),
        (b'{"text": "hi", "attachments": "x"}', "/attachments"),
        (b'{"text": "hi", "attachments": [1]}', "/attachments/0"),
        (b'{"text": "hi", "attachments": [{"name": "x"}]}', "/attachments/0/content_type"),
        (
            b'{"text": "hi", "attachments": [{"name": "../../helper.py", "content_type": "a/b",'
            b' "url": "u", "size": -1}]}',
            "/attachments/0/size",
        ),
    ],
)
def test_json_that_is_wrong_is_422_and_names_the_field(
    served: Served, body: bytes, pointer: str
) -> None:
    before = served.state()

    answer = served.ask("POST", MESSAGES, body)

    assert answer.status == 422
    assert answer.json()["pointer"] == pointer
    assert served.state() == before


@pytest.mark.parametrize("value", ["9223372036854775808", "-9223372036854775809", "1" + "0" * 30])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_whole_number_beyond_64_bits_is_never_rounded(
    served: Served, method: str, value: str
) -> None:
    served.ask("POST", "/sessions", {"id": "numbers"})
    body = b'{"data": {"deep": [1, {"n": %s}]}}' % value.encode()
    path = "/sessions" if method == "POST" else "/sessions/numbers/data"
    kind = "application/json" if method == "POST" else "application/merge-patch+json"

    answer = served.ask(method, path, body, headers={"Content-Type": kind})

    assert answer.status == 422
    assert answer.json()["pointer"] == "/data/deep/1/n"


def test_the_greatest_and_the_least_number_are_kept(served: Served) -> None:
    data = {"most": 2**63 - 1, "least": -(2**63), "fraction": 1e300}

    answer = served.ask("POST", "/sessions", {"data": data})

    assert answer.status == 201
    assert answer.json()["data"] == data


def test_keys_that_mean_something_elsewhere_are_only_data(served: Served) -> None:
    data = {"__class__": "os.system", "__proto__": {"x": 1}, '"; DROP TABLE sessions; --': "!!"}

    answer = served.ask("POST", "/sessions", {"id": "keys", "data": data})

    assert answer.json()["data"] == data
    assert served.ask("GET", "/sessions/keys").json()["data"] == data


def test_a_body_above_the_limit_is_413_and_says_the_limit(served: Served) -> None:
    before = served.state()

    answer = served.ask("POST", MESSAGES, {"text": "x" * 1024 * 1024})

    assert answer.status == 413
    assert answer.json()["detail"] == (
        "The body is larger than 1,048,576 bytes, the most that is taken (--max-body)."
    )
    assert served.state() == before


def test_the_limit_can_be_set(serve: Serve) -> None:
    served = serve(max_body_bytes=100)

    assert served.ask("POST", MESSAGES, {"text": "x" * 50}).status == 200
    assert served.ask("POST", MESSAGES, {"text": "x" * 100}).status == 413


def test_a_body_that_does_not_say_its_length_is_limited_too(served: Served) -> None:
    head = served.head(
        "POST", MESSAGES, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    )
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    answer = served.raw(head + chunk * 17)

    assert answer.status == 413


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_packed_body_is_unpacked(served: Served, encoding: str, pack: Any) -> None:
    body = pack(b'{"text": "hi"}')

    answer = served.ask("POST", MESSAGES, body, headers={"Content-Encoding": encoding})

    assert answer.json()["replies"] == [{"text": "echo hi", "streamed": False}]


def test_a_small_body_that_holds_a_huge_one_is_413(served: Served) -> None:
    bomb = gzip.compress(b'{"text": "' + b"x" * 50_000_000 + b'"}')
    assert len(bomb) < 100_000

    answer = served.ask("POST", MESSAGES, bomb, headers={"Content-Encoding": "gzip"})

    assert answer.status == 413


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x"])
def test_a_body_packed_in_another_way_is_415(served: Served, encoding: str) -> None:
    answer = served.ask("POST", MESSAGES, b"xx", headers={"Content-Encoding": encoding})

    assert answer.status == 415
    assert answer.json()["detail"] == (
        "A body may be packed with gzip or deflate only, and only once."
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"not packed", id="no gzip"),
        pytest.param(gzip.compress(b'{"text": "hi"}')[:-12], id="cut off"),
    ],
)
def test_a_body_that_is_wrongly_packed_is_400(served: Served, body: bytes) -> None:
    answer = served.ask("POST", MESSAGES, body, headers={"Content-Encoding": "gzip"})

    assert answer.status == 400


def test_a_body_that_comes_too_slowly_is_408(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_TIMEOUT_SECONDS", 0.2)
    head = served.head(
        "POST", MESSAGES, {"Content-Type": "application/json", "Content-Length": "100"}
    )

    answer = served.raw(head + b'{"text":')

    assert answer.status == 408
    assert answer.json()["detail"] == "The body of the request took over 0.2 seconds."
    assert answer.headers["connection"] == "close"


def test_a_body_with_a_broken_frame_is_400(served: Served) -> None:
    head = served.head(
        "POST", MESSAGES, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    )

    assert served.raw(head + b"zz\r\n{}\r\n").status == 400


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(served: Served) -> None:
    body = orjson.dumps({"text": "hi"})
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Expect": "100-continue",
    }
    with served.connect() as sock:
        sock.sendall(served.head("POST", MESSAGES, headers))
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)

        assert served.read_answer(sock).status == 200


def test_a_client_without_the_token_is_not_asked_for_its_body(served: Served) -> None:
    headers = {"Content-Type": "application/json", "Expect": "100-continue", "Content-Length": "9"}

    assert served.raw(served.head("POST", MESSAGES, headers, token=False)).status == 401


def test_an_expectation_that_nobody_knows_is_passed_over(served: Served) -> None:
    assert served.ask("GET", "/status", headers={"Expect": "miracle"}).status == 200


@pytest.mark.parametrize(
    ("value", "detail", "pointer"),
    [
        ({"text": 1}, "/text must be text, not a whole number.", "/text"),
        ({"text": 1.5}, "/text must be text, not a number with a fraction.", "/text"),
        (
            {"text": "", "count": True},
            "/count must be a whole number, not true or false.",
            "/count",
        ),
        ({"text": "", "on": 1}, "/on must be true or false, not a whole number.", "/on"),
        ({"text": "", "maybe": []}, "/maybe must be text or null, not a list.", "/maybe"),
        ({"text": "", "items": [{}]}, "/items/0 must be text, not an object.", "/items/0"),
        (None, "The body must be an object, not null.", ""),
        ({}, "'text' is missing.", "/text"),
        (
            {"text": "", "x": 1},
            "'x' is not a field here. Known are: text, count, on, maybe, items.",
            "/x",
        ),
    ],
)
def test_what_does_not_fit_a_schema_is_named(value: object, detail: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(value, SCHEMA)

    assert str(caught.value) == detail
    assert caught.value.pointer == pointer


def test_what_fits_a_schema_passes() -> None:
    check({"text": "", "count": 1, "on": True, "maybe": None, "items": ["a"]}, SCHEMA)


def test_a_deep_value_with_a_long_number_is_refused_at_once(served: Served) -> None:
    depth = 1_000
    body = b'{"text":' + b"[" * depth + b"1" * 19 + b",1" * 50_000 + b"]" * depth + b"}"

    assert served.ask("POST", MESSAGES, body).status in (400, 422)
