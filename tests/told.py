"""What a server has told of a session, for tests that share one server."""

from __future__ import annotations

from collections.abc import Sequence

from cpsl.records import JsonObject, TurnRecord
from cpsl_dev.event_log import Event
from cpsl_dev.patches import apply_patch
from cpsl_dev.server import DevServer
from tests.servers import wait_for_event


async def begin(server: DevServer, session: str, text: str, kind: str = "reply.sent") -> TurnRecord:
    """Send a message, and wait until its handler has told something of this kind."""
    taken = await server.send(session, text, source="http")
    await wait_for_event(server, kind, where=lambda event: event.session_id == session)
    return taken


async def told(server: DevServer, session: str, *kinds: str) -> list[Event]:
    return await server.events(session_id=session, kinds=kinds)


def output(events: Sequence[Event], stream: str = "stdout") -> str:
    return "".join(event.fields["text"] for event in events if event.fields["stream"] == stream)


def texts(turn: TurnRecord) -> list[str]:
    return [reply.text for reply in turn.replies]


async def data_as_told(server: DevServer, session: str) -> JsonObject:
    """Put together the data of a session from its events, as a screen does."""
    data: JsonObject = {}
    for event in await told(server, session, "data.changed"):
        data = apply_patch(data, event.fields["patch"])
    return data
