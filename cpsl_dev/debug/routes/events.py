"""The timeline: read it, or follow it."""

from __future__ import annotations

import re

from aiohttp import web

from cpsl_dev.debug.answers import json_answer
from cpsl_dev.debug.following import Selection
from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routing import Call, Parameter, Route

_MOST_EVENTS = 10_000
_PAGE = 1_000
# Longer numbers are refused before they are read: none of them can be the number of an event.
_NUMBER = re.compile(r"[0-9]{1,100}\Z")


async def get_events(call: Call) -> web.StreamResponse:
    """Read events, or follow them."""
    selection = Selection(
        kinds=tuple(call.query_values("kind")), session_id=call.query_value("session")
    )
    after = _number("after", call.query_value("after"))
    if call.wants_events():
        last = _number("Last-Event-ID", call.request.headers.get("Last-Event-ID") or None)
        start = after if last is None else last
        with call.streams.place():
            return await call.streams.send_events(call, selection, after=start)
    limit = call.query_number("limit", _PAGE, most=_MOST_EVENTS) or _PAGE
    newest = call.server.log.last_seq
    events = await call.server.events(
        after=min(after or 0, newest),
        limit=limit,
        kinds=selection.kinds,
        session_id=selection.session_id,
        newest=call.query_value("newest") in ("1", "true"),
    )
    reached = events[-1].seq if events else 0
    # With fewer than were asked for, all that is stored has been looked through.
    following = reached if len(events) == limit else max(reached, newest)
    body = {"events": [event.to_json() for event in events], "next": following}
    return json_answer(body, headers=call.headers)


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not _NUMBER.match(text):
        raise Problem("invalid-query", f"{name} must be the number of an event.")
    return int(text)


ROUTES = (
    Route(
        method="GET",
        path="/events",
        handler=get_events,
        summary="Events in order; with Accept: text/event-stream as they happen",
        tag="events",
        answers={200: "Events"},
        query=(
            Parameter(
                name="after",
                schema={"type": "integer", "minimum": 0, "default": 0},
                text="Only events with a greater number. A stream begins with now if left out.",
            ),
            Parameter(
                name="limit",
                schema={
                    "type": "integer",
                    "minimum": 1,
                    "maximum": _MOST_EVENTS,
                    "default": _PAGE,
                },
                text="The most events to return.",
            ),
            Parameter(
                name="kind",
                schema={"type": "array", "items": {"type": "string"}},
                text="Only events of this kind; may repeat, and may end in `*`.",
            ),
            Parameter(
                name="session", schema={"type": "string"}, text="Only events of this session."
            ),
            Parameter(
                name="newest",
                schema={"type": "boolean", "default": False},
                text="The last events instead of the first, oldest first all the same.",
            ),
        ),
        problems=("too-many-clients",),
        streams=True,
    ),
)
