"""What goes back to a client: JSON, problem documents and streams, each with the headers due."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from cpsl_dev.debug.problems import MEDIA_TYPE, Problem

# No browser may read an answer as anything but data, keep it, or show it inside another page.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "cpsl-dev",
}


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with `value` as JSON; records are written field by field."""
    return web.Response(
        body=orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS),
        status=status,
        headers={**SECURITY_HEADERS, "Content-Type": "application/json", **(headers or {})},
    )


def empty_answer(status: int = 204, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer without a body."""
    return web.Response(status=status, headers={**SECURITY_HEADERS, **(headers or {})})


def problem_answer(problem: Problem, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer with a problem document."""
    response = web.Response(
        body=orjson.dumps(problem.to_json()),
        status=problem.status,
        reason=HTTPStatus(problem.status).phrase,
        headers={
            **SECURITY_HEADERS,
            "Content-Type": MEDIA_TYPE,
            **problem.headers,
            **(headers or {}),
        },
    )
    if problem.closes:
        response.force_close()
    return response


def stream_answer(*, headers: Mapping[str, str] | None = None) -> web.StreamResponse:
    """Begin to answer with server-sent events."""
    response = web.StreamResponse(
        headers={
            **SECURITY_HEADERS,
            "Content-Type": "text/event-stream",
            # A proxy that gathers the answer first would hold every event back.
            "X-Accel-Buffering": "no",
            **(headers or {}),
        }
    )
    # Nothing else can come over this connection until the client closes it.
    response.force_close()
    return response
