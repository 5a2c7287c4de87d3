"""One message to an app for which no dev server runs: start it here, and end it again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import asdict, replace

from cpsl.records import JsonObject
from cpsl_dev.cli.event_text import describe_error
from cpsl_dev.cli.exits import AppFailed
from cpsl_dev.config import Config
from cpsl_dev.debug.following import Gap, Selection, follow
from cpsl_dev.server import DevServer

_ENDS = ("turn.finished", "turn.failed", "turn.interrupted")


def run_once(
    config: Config, session_id: str, text: str, *, on_event: Callable[[JsonObject], None]
) -> JsonObject:
    """Run one turn of the app and return it.

    Args:
        config: Which app.
        session_id: The session to talk in.
        text: The message.
        on_event: Gets the events of the turn as they happen.

    Raises:
        AppFailed: the app cannot be loaded.
        DevError: the state is in use, or the message cannot be taken.
    """
    alone = replace(config, reload=False, standby=False)
    return asyncio.run(_run_once(alone, session_id, text, on_event))


async def _run_once(
    config: Config, session_id: str, text: str, on_event: Callable[[JsonObject], None]
) -> JsonObject:
    server = DevServer(config)
    await server.start()
    try:
        await server.ready()
        _check_loaded(server.status())
        before = server.log.last_seq
        turn = await server.send(session_id, text, source="cli")
        await _tell(server, Selection(session_id=session_id, turn=turn.turn), before, on_event)
        return asdict(await server.wait_turn(session_id, turn.turn))
    finally:
        await server.stop()


def _check_loaded(status: JsonObject) -> None:
    error = status["error"]
    if error is not None:
        raise AppFailed(f"The app cannot be loaded.\n{describe_error(error)}")


async def _tell(
    server: DevServer,
    selection: Selection,
    before: int,
    on_event: Callable[[JsonObject], None],
) -> None:
    items = follow(server, selection, after=before)
    async with aclosing(items):
        async for item in items:
            if isinstance(item, Gap):
                continue
            for event in item:
                on_event(event.to_json())
            if any(event.kind in _ENDS for event in item):
                return
