"""Turns: send a message, see what came of it, cancel it."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from cpsl.records import TurnRecord
from cpsl_dev.debug.answers import json_answer
from cpsl_dev.debug.bodies import read_json
from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routing import Call, Route
from cpsl_dev.debug.schemas import EMPTY_BODY, MESSAGE_BODY

_DIGITS_OF_TURN = 9


async def send_message(call: Call) -> web.StreamResponse:
    """Run one turn."""
    session_id = call.parameters["id"]
    if call.wants_events():
        with call.streams.place():
            before = call.server.log.last_seq
            turn = await _take_message(call)
            return await call.streams.send_turn(call, session_id, turn.turn, after=before)
    turn = await _take_message(call)
    if call.prefers("respond-async"):
        headers = {
            "Location": f"/sessions/{quote(session_id, safe='')}/turns/{turn.turn}",
            "Preference-Applied": "respond-async",
        }
        return json_answer(turn, status=202, headers={**headers, **call.headers})
    turn = await call.connection.while_here(call.server.wait_turn(session_id, turn.turn))
    return json_answer(turn, headers=call.headers)


async def list_turns(call: Call) -> web.StreamResponse:
    """List the turns of a session."""
    turns = await call.server.turns(call.parameters["id"])
    return json_answer({"turns": turns}, headers=call.headers)


async def get_turn(call: Call) -> web.StreamResponse:
    """Read one turn."""
    turn = await call.server.turn(call.parameters["id"], turn_of(call))
    return json_answer(turn, headers=call.headers)


async def cancel_turn(call: Call) -> web.StreamResponse:
    """Cancel a turn that runs or waits."""
    await read_json(call)
    turn = await call.server.cancel_turn(call.parameters["id"], turn_of(call))
    return json_answer(turn, headers=call.headers)


async def _take_message(call: Call) -> TurnRecord:
    body = await read_json(call)
    if body.get("fresh", False):
        # A client that gave up waiting sends the message once more: this one must not be taken.
        await call.connection.while_here(call.server.catch_up())
    return await call.server.send(
        call.parameters["id"],
        body["text"],
        attachments=body.get("attachments", []),
        source=_source_of(call),
    )


def turn_of(call: Call) -> int:
    """Return the number of the turn that the path names.

    Raises:
        Problem: it is no such number.
    """
    text = call.parameters["n"]
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_OF_TURN):
        raise Problem("turn-not-found", "Turns are numbered from 1: the path names no such number.")
    return int(text)


def _source_of(call: Call) -> str:
    # The command line is a client like any other; only the screen wants to tell them apart.
    return "cli" if call.request.headers.get("User-Agent", "").startswith("cpsl-cli/") else "http"


ROUTES = (
    Route(
        method="POST",
        path="/sessions/{id}/messages",
        handler=send_message,
        summary="Run one turn and answer it when it is over; an unknown id makes the session",
        tag="turns",
        answers={200: "TurnRecord", 202: "TurnRecord"},
        body=MESSAGE_BODY,
        problems=(
            "code-not-live",
            "queue-full",
            "no-generation",
            "too-many-clients",
            "store-unavailable",
        ),
        streams=True,
    ),
    Route(
        method="GET",
        path="/sessions/{id}/turns",
        handler=list_turns,
        summary="Every turn of a session",
        tag="turns",
        answers={200: "Turns"},
        problems=("session-not-found",),
    ),
    Route(
        method="GET",
        path="/sessions/{id}/turns/{n}",
        handler=get_turn,
        summary="One turn, counted from 1",
        tag="turns",
        answers={200: "TurnRecord"},
        problems=("session-not-found", "turn-not-found"),
    ),
    Route(
        method="POST",
        path="/sessions/{id}/turns/{n}/cancel",
        handler=cancel_turn,
        summary="Cancel a turn; one that waits is never run",
        tag="turns",
        answers={200: "TurnRecord"},
        body=EMPTY_BODY,
        problems=("session-not-found", "turn-not-found", "turn-over", "store-unavailable"),
    ),
)
