"""Going back in a session: rewind, fork, replay, the data of a turn; and a session as a test."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from cpsl_dev.debug.answers import json_answer
from cpsl_dev.debug.bodies import read_json
from cpsl_dev.debug.routes.turns import turn_of
from cpsl_dev.debug.routing import Call, Parameter, Route
from cpsl_dev.debug.schemas import FORK_BODY, REPLAY_BODY, REWIND_BODY
from cpsl_dev.export import export


async def rewind_session(call: Call) -> web.StreamResponse:
    """Bring a session back to the state after a turn."""
    body = await read_json(call)
    session = await call.server.time_travel.rewind(call.parameters["id"], body["turn"])
    headers = {"ETag": f'"{session.revision}"', **call.headers}
    return json_answer(session, headers=headers)


async def fork_session(call: Call) -> web.StreamResponse:
    """Make a new session of a part of this one."""
    body = await read_json(call)
    session = await call.server.time_travel.fork(
        call.parameters["id"], body.get("turn"), body.get("id")
    )
    headers = {"Location": f"/sessions/{session.id}", "ETag": f'"{session.revision}"'}
    return json_answer(session, status=201, headers={**headers, **call.headers})


async def replay_turn(call: Call) -> web.StreamResponse:
    """Run a turn again on today's code, and compare."""
    body = await read_json(call)
    work = call.server.time_travel.replay(call.parameters["id"], body.get("turn"))
    replay = await call.connection.while_here(work)
    answer = {"before": replay.before, "after": replay.after, "diff": replay.diff}
    return json_answer(answer, headers=call.headers)


async def get_turn_data(call: Call) -> web.StreamResponse:
    """Read the data before and after a turn."""
    data = await call.server.time_travel.data_of(call.parameters["id"], turn_of(call))
    return json_answer(data, headers=call.headers)


async def export_session(call: Call) -> web.StreamResponse:
    """Write a session as a test."""
    folder = call.query_value("folder")
    source = await export(
        call.server, call.parameters["id"], folder=None if folder is None else Path(folder)
    )
    return json_answer({"source": source}, headers=call.headers)


ROUTES = (
    Route(
        method="POST",
        path="/sessions/{id}/rewind",
        handler=rewind_session,
        summary="Bring a session back to the state after a turn; 0 is as it was made",
        tag="time travel",
        answers={200: "SessionRecord"},
        body=REWIND_BODY,
        problems=("session-not-found", "turn-not-found", "store-unavailable"),
    ),
    Route(
        method="POST",
        path="/sessions/{id}/fork",
        handler=fork_session,
        summary="Make a new session in the state after a turn, by default as it is now",
        tag="time travel",
        answers={201: "SessionRecord"},
        body=FORK_BODY,
        problems=(
            "session-not-found",
            "turn-not-found",
            "turn-not-over",
            "session-exists",
            "store-unavailable",
        ),
    ),
    Route(
        method="POST",
        path="/sessions/{id}/replay",
        handler=replay_turn,
        summary="Run a turn, by default the last, again on today's code, and compare",
        tag="time travel",
        answers={200: "Replay"},
        body=REPLAY_BODY,
        problems=(
            "session-not-found",
            "turn-not-found",
            "turn-not-over",
            "no-generation",
            "store-unavailable",
        ),
    ),
    Route(
        method="GET",
        path="/sessions/{id}/turns/{n}/data",
        handler=get_turn_data,
        summary="The data of a session before and after a turn",
        tag="time travel",
        answers={200: "TurnData"},
        problems=("session-not-found", "turn-not-found", "turn-not-over"),
    ),
    Route(
        method="GET",
        path="/sessions/{id}/export",
        handler=export_session,
        summary="The session as a file for pytest that plays it against the app",
        tag="time travel",
        answers={200: "Export"},
        query=(
            Parameter(
                name="folder",
                schema={"type": "string"},
                text="Where the file will be; the app's folder if left out.",
            ),
        ),
        problems=("session-not-found", "turn-not-found"),
    ),
)
