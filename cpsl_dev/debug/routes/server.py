"""The dev server itself: how it is, what the app declares, loading it again."""

from __future__ import annotations

from aiohttp import web

from cpsl_dev.debug.answers import json_answer
from cpsl_dev.debug.bodies import read_json
from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routing import Call, Parameter, Route
from cpsl_dev.debug.schemas import EMPTY_BODY

_MOST_RELOADS = 1_000


async def get_health(call: Call) -> web.StreamResponse:
    """Tell that the server is there, and nothing else."""
    return json_answer({"status": "ok"}, headers=call.headers)


async def get_status(call: Call) -> web.StreamResponse:
    """Tell how the app is."""
    return json_answer(call.server.status(), headers=call.headers)


async def get_app(call: Call) -> web.StreamResponse:
    """Tell what the app declares."""
    description = call.server.app_description()
    if description is None:
        raise Problem(
            "no-app",
            "No generation of the app has been loaded yet. GET /status tells why.",
            headers={"Retry-After": "1"},
        )
    return json_answer(description, headers=call.headers)


async def reload(call: Call) -> web.StreamResponse:
    """Load the code again and wait for the outcome."""
    await read_json(call)
    return json_answer(await call.server.reload(), headers=call.headers)


async def list_reloads(call: Call) -> web.StreamResponse:
    """List past reloads."""
    limit = call.query_number("limit", 50, most=_MOST_RELOADS)
    assert limit is not None
    return json_answer({"reloads": await call.server.reloads(limit)}, headers=call.headers)


async def get_openapi(call: Call) -> web.StreamResponse:
    """Describe every call."""
    return json_answer(call.openapi(), headers=call.headers)


ROUTES = (
    Route(
        method="GET",
        path="/health",
        handler=get_health,
        summary="Whether the server answers",
        tag="server",
        answers={200: "Health"},
        is_public=True,
    ),
    Route(
        method="GET",
        path="/status",
        handler=get_status,
        summary="State, generation, error, workers, warnings",
        tag="server",
        answers={200: "Status"},
    ),
    Route(
        method="GET",
        path="/app",
        handler=get_app,
        summary="What the app declares",
        tag="server",
        answers={200: "App"},
        problems=("no-app",),
    ),
    Route(
        method="POST",
        path="/reload",
        handler=reload,
        summary="Load the code again, even if nothing changed, and wait for the outcome",
        tag="server",
        answers={200: "ReloadOutcome"},
        body=EMPTY_BODY,
    ),
    Route(
        method="GET",
        path="/reloads",
        handler=list_reloads,
        summary="Past reloads, newest first",
        tag="server",
        answers={200: "Reloads"},
        query=(
            Parameter(
                name="limit",
                schema={"type": "integer", "minimum": 1, "maximum": _MOST_RELOADS, "default": 50},
                text="The most reloads to list.",
            ),
        ),
    ),
    Route(
        method="GET",
        path="/openapi.json",
        handler=get_openapi,
        summary="This description",
        tag="server",
        answers={200: "OpenApi"},
    ),
)
