"""Sessions: list, make, read, change, delete."""

from __future__ import annotations

import re

from aiohttp import web

from cpsl_dev.debug.answers import empty_answer, json_answer
from cpsl_dev.debug.bodies import read_json
from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routing import Call, Parameter, Route
from cpsl_dev.debug.schemas import NEW_SESSION_BODY, PATCH_BODY
from cpsl_dev.exceptions import InvalidInput

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
_REVISION = re.compile(r'("?)([0-9]{1,18})\1\Z')
_MOST_HISTORY = 10_000
_HISTORY_PAGE = 200
_GREATEST_INDEX = 2**62


async def list_sessions(call: Call) -> web.StreamResponse:
    """List every session."""
    return json_answer({"sessions": await call.server.sessions()}, headers=call.headers)


async def create_session(call: Call) -> web.StreamResponse:
    """Make a session."""
    body = await read_json(call)
    session = await call.server.create_session(
        session_id=body.get("id"),
        user=body.get("user"),
        channel=body.get("channel"),
        data=body.get("data"),
    )
    headers = {"Location": f"/sessions/{session.id}", "ETag": f'"{session.revision}"'}
    return json_answer(session, status=201, headers={**headers, **call.headers})


async def get_session(call: Call) -> web.StreamResponse:
    """Read a session whole."""
    session = await call.server.session(call.parameters["id"])
    return json_answer(session, headers={"ETag": f'"{session.revision}"', **call.headers})


async def get_history(call: Call) -> web.StreamResponse:
    """Read a part of what was said."""
    page = await call.server.history(
        call.parameters["id"],
        before=call.query_number("before", None, most=_GREATEST_INDEX, least=0),
        limit=call.query_number("limit", _HISTORY_PAGE, most=_MOST_HISTORY) or _HISTORY_PAGE,
    )
    return json_answer(page, headers=call.headers)


async def delete_session(call: Call) -> web.StreamResponse:
    """Delete a session, after the app's exit hook."""
    await call.server.delete_session(call.parameters["id"])
    return empty_answer(headers=call.headers)


async def patch_data(call: Call) -> web.StreamResponse:
    """Change `session.data`."""
    revision = _wanted_revision(call)
    body = await read_json(call)
    kind = call.request.headers.get("Content-Type", MERGE_PATCH).partition(";")[0].strip().lower()
    if kind == JSON_PATCH and not isinstance(body, list):
        raise InvalidInput("A JSON patch is a list of operations.", "")
    if kind == MERGE_PATCH and not isinstance(body, dict):
        raise InvalidInput("session.data is an object: a merge patch must be one, too.", "")
    data, revision = await call.server.patch_data(
        call.parameters["id"], body, revision=revision, origin="client"
    )
    headers = {"ETag": f'"{revision}"', **call.headers}
    return json_answer({"data": data, "revision": revision}, headers=headers)


def _wanted_revision(call: Call) -> int | None:
    values = call.request.headers.getall("If-Match", [])
    if not values or values == ["*"]:
        return None
    match = _REVISION.match(values[0].strip()) if len(values) == 1 else None
    if match is None:
        raise Problem("invalid-query", 'If-Match must be one revision, such as "7" or 7, or *.')
    return int(match[2])


_HISTORY_QUERY = (
    Parameter(
        name="before",
        schema={"type": "integer", "minimum": 0},
        text="Only entries whose index is below this.",
    ),
    Parameter(
        name="limit",
        schema={
            "type": "integer",
            "minimum": 1,
            "maximum": _MOST_HISTORY,
            "default": _HISTORY_PAGE,
        },
        text="The most entries to return.",
    ),
)

ROUTES = (
    Route(
        method="GET",
        path="/sessions",
        handler=list_sessions,
        summary="Every session",
        tag="sessions",
        answers={200: "Sessions"},
    ),
    Route(
        method="POST",
        path="/sessions",
        handler=create_session,
        summary="Make a session",
        tag="sessions",
        answers={201: "SessionRecord"},
        body=NEW_SESSION_BODY,
        problems=("session-exists", "no-generation", "store-unavailable"),
    ),
    Route(
        method="GET",
        path="/sessions/{id}",
        handler=get_session,
        summary="A session with its data and its newest 200 history entries",
        tag="sessions",
        answers={200: "SessionRecord"},
        problems=("session-not-found",),
    ),
    Route(
        method="DELETE",
        path="/sessions/{id}",
        handler=delete_session,
        summary="Delete a session; the app's exit hook runs first",
        tag="sessions",
        answers={204: None},
        problems=("session-not-found", "store-unavailable"),
    ),
    Route(
        method="GET",
        path="/sessions/{id}/history",
        handler=get_history,
        summary="The newest entries below an index, oldest first",
        tag="sessions",
        answers={200: "HistoryPage"},
        query=_HISTORY_QUERY,
        problems=("session-not-found",),
    ),
    Route(
        method="PATCH",
        path="/sessions/{id}/data",
        handler=patch_data,
        summary="Change session.data, all or nothing, after a running turn; If-Match is honoured",
        tag="sessions",
        answers={200: "Data"},
        body=PATCH_BODY,
        media_types=(JSON_PATCH, MERGE_PATCH),
        problems=("session-not-found", "test-failed", "revision-moved", "store-unavailable"),
    ),
)
