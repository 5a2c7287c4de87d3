"""The body of a request: read within limits, decoded strictly, checked against its schema."""

from __future__ import annotations

import asyncio
import json  # noqa: TID251 - only to say what is wrong with a body that orjson refused or rounded
import math
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from aiohttp import web

from cpsl.records import JsonObject
from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routing import Call
from cpsl_dev.exceptions import InvalidInput

BODY_TIMEOUT_SECONDS = 30.0
_GREATEST = 2**63 - 1
_LEAST = -(2**63)
# orjson turns whole numbers beyond 64 bits into floats: a run of so many digits may be one.
_MAYBE_HUGE = re.compile(rb"\d{19}")
# A place in a value: the place of what it is in, and its key or index there.
_Path = tuple["_Path", str | int] | None
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "text"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "object": (dict, "an object"),
    "array": (list, "a list"),
    "null": (type(None), "null"),
}


async def read_json(call: Call) -> Any:
    """Return the body of a request, checked against the schema of its route.

    No body counts as an empty object.

    Raises:
        Problem: the body cannot be read, is too large, too slow, or not JSON.
        InvalidInput: it is JSON, but not what the route takes.
    """
    body = await _read(call.request, call.max_body_bytes)
    value = _decode(body) if body else {}
    if call.route.body is not None:
        check(value, call.route.body)
    return value


def check(value: Any, schema: JsonObject, pointer: str = "") -> None:
    """Check `value` against a JSON schema of the simple kind that bodies here have.

    Raises:
        InvalidInput: it does not fit; the pointer names the field at fault.
    """
    _check_type(value, schema, pointer)
    if isinstance(value, dict):
        _check_fields(value, schema, pointer)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            check(item, schema["items"], f"{pointer}/{index}")


async def _read(request: web.BaseRequest, limit: int) -> bytes:
    if not request.body_exists:
        return b""
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    unpack = _unpacker(request, limit)
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # That was not yet the answer: whoever asks whether one has begun must hear no.
        request.writer.output_size = 0
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            async for data in request.content.iter_any():
                part = unpack(data)
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError as error:
        detail = f"The body of the request took over {BODY_TIMEOUT_SECONDS:g} seconds."
        raise Problem("too-slow", detail, closes=True) from error
    except web.RequestPayloadError as error:
        detail = "The body of the request is broken off or wrongly framed."
        raise Problem("malformed-request", detail, closes=True) from error
    return b"".join(parts)


def _unpacker(request: web.BaseRequest, limit: int) -> Callable[[bytes], bytes]:
    """Return what unpacks the body piece by piece, never to more than the limit."""
    encoding = ",".join(request.headers.getall("Content-Encoding", [])).strip().lower()
    if encoding in ("", "identity"):
        return bytes
    if encoding not in ("gzip", "deflate"):
        detail = "A body may be packed with gzip or deflate only, and only once."
        raise Problem("unsupported-type", detail, closes=True)
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32 if encoding == "gzip" else zlib.MAX_WBITS)

    def unpack(data: bytes) -> bytes:
        try:
            return stream.decompress(data, limit + 1)
        except zlib.error as error:
            raise Problem(
                "invalid-json", f"The body is not valid {encoding}.", closes=True
            ) from error

    return unpack


def _decode(body: bytes) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        _explain(body)
        raise Problem("invalid-json", f"The body is not JSON: {error}.") from error
    if _MAYBE_HUGE.search(body):
        _explain(body)
    return value


def _explain(body: bytes) -> None:
    """Say it if a body is well-formed JSON with a value in it that cannot be kept.

    Raises:
        InvalidInput: it holds a number beyond 64 bits, or text that is not Unicode.
        Problem: it is nested too deeply to tell.
    """
    try:
        value = json.loads(body.decode(), parse_constant=_refuse_constant)
    except ValueError:
        return
    except RecursionError:
        detail = "The body is not JSON that can be taken: it is nested too deeply."
        raise Problem("invalid-json", detail) from None
    for path, item in _walk(value):
        if reason := _fault_of(item):
            raise InvalidInput(reason, _pointer(path))


def _walk(root: Any) -> Iterator[tuple[_Path, Any]]:
    """Yield every key and every value that is no container, in the order of the text."""
    stack: list[tuple[_Path, Any]] = [(None, root)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            for key in value:
                yield ((path, key), key)
            stack += [((path, key), item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            stack += [((path, index), value[index]) for index in reversed(range(len(value)))]
        else:
            yield (path, value)


def _pointer(path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, step = path
        parts.append(_escape(str(step)).encode("utf-8", "replace").decode())
    return "".join(f"/{part}" for part in reversed(parts))


def _fault_of(value: Any) -> str | None:
    if isinstance(value, str) and not _is_unicode(value):
        return "The text holds half of a surrogate pair, which is no character."
    if isinstance(value, int) and not _LEAST <= value <= _GREATEST:
        return "The whole number does not fit into 64 bits."
    if isinstance(value, float) and math.isinf(value):
        return "The number is too large for a float of 64 bits."
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _check_type(value: Any, schema: JsonObject, pointer: str) -> None:
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if not names or any(_is_type(value, name) for name in names):
        return
    wanted = " or ".join(_TYPES[name][1] for name in names)
    what = pointer or "The body"
    raise InvalidInput(f"{what} must be {wanted}, not {_name_of(value)}.", pointer)


def _check_fields(value: JsonObject, schema: JsonObject, pointer: str) -> None:
    known = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            raise InvalidInput(f"{name!r} is missing.", f"{pointer}/{_escape(name)}")
    for name, item in value.items():
        at = f"{pointer}/{_escape(name)}"
        if name in known:
            check(item, known[name], at)
        elif schema.get("additionalProperties") is False:
            names = ", ".join(known) or "none"
            raise InvalidInput(f"{name!r} is not a field here. Known are: {names}.", at)


def _is_type(value: Any, name: str) -> bool:
    # In Python a bool is an int, in JSON it is not.
    return isinstance(value, _TYPES[name][0]) and isinstance(value, bool) == (name == "boolean")


def _name_of(value: Any) -> str:
    if isinstance(value, float):
        return "a number with a fraction"
    return next(text for name, (_, text) in _TYPES.items() if _is_type(value, name))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _too_large(limit: int) -> Problem:
    return Problem(
        "body-too-large",
        f"The body is larger than {limit:,} bytes, the most that is taken (--max-body).",
        closes=True,
    )
