"""Scripted conversations: messages, and what must come of each, played through a real server.

A script is TOML: one `[[turn]]` for each message, in order. Its keys:

    send           the message (required)
    session        the session to send it in; "main" if not given
    status         how the turn ends; "done" if not given
    replies        the texts of all replies (required unless the turn fails)
    streamed       whether they were streamed
    notifications  the texts of all notifications
    data           all of `session.data` afterwards
    error          what the message of the error must be
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cpsl.records import JsonObject, TurnRecord
from cpsl_dev.server import DevServer
from tests.servers import ask


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedTurn:
    """One message, and what must come of it; None where that does not matter."""

    send: str
    session: str = "main"
    status: str = "done"
    replies: list[str] | None = None
    streamed: bool | None = None
    notifications: list[str] | None = None
    data: JsonObject | None = None
    error: str | None = None


def read_script(path: Path) -> list[ScriptedTurn]:
    """Read a script; an unknown key, or none to check, is an error."""
    tables: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["turn"]
    known = {item.name for item in fields(ScriptedTurn)}
    for table in tables:
        assert table.keys() <= known, f"{path}: unknown keys {table.keys() - known}"
        assert "replies" in table or "error" in table, f"{path}: nothing to check: {table}"
    return [ScriptedTurn(**table) for table in tables]


async def play(server: DevServer, script: list[ScriptedTurn]) -> None:
    """Send each message of a script and compare what comes of it."""
    for number, expected in enumerate(script, start=1):
        turn = await ask(server, expected.send, session_id=expected.session)
        found = await _found(server, turn)
        wrong = [
            f"{name} is {found[name]!r}, not {value!r}"
            for name, value in _wanted(expected).items()
            if found[name] != value
        ]
        assert not wrong, f"turn {number}, {expected.send!r}: {'; '.join(wrong)}; {turn.error}"


def _wanted(expected: ScriptedTurn) -> dict[str, Any]:
    names = ("status", "replies", "streamed", "notifications", "data", "error")
    values = {name: getattr(expected, name) for name in names}
    if expected.replies is not None:
        values["replies"] = [reply.strip("\n") for reply in expected.replies]
    return {name: value for name, value in values.items() if value is not None}


async def _found(server: DevServer, turn: TurnRecord) -> dict[str, Any]:
    return {
        "status": turn.status,
        "replies": [reply.text.strip("\n") for reply in turn.replies],
        "streamed": all(reply.streamed for reply in turn.replies),
        "notifications": [notification.text for notification in turn.notifications],
        "data": (await server.session(turn.session_id)).data,
        "error": None if turn.error is None else turn.error.message,
    }
