"""Running a small app once in the standby, so that the real one meets a warm interpreter.

The first import, the first turn and the first look at the search path each cost milliseconds that
the second does not: code that is specialised as it runs, modules that are imported on first use.
Nothing of the rehearsal stays: no module, no file, no event.
"""

from __future__ import annotations

import asyncio

import cpsl
from cpsl.clock import utc_now
from cpsl.description import describe
from cpsl.events import RuntimeEvent
from cpsl.records import MessageRecord, UserRecord
from cpsl.runtime import Runtime
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl_dev.protocol import RunTurn, decode_command, encode_command, encode_event
from cpsl_dev.worker.places import installed_names, library_folders

_TURNS = 3


class _Nowhere:
    """A sink that encodes and forgets."""

    def emit(self, event: RuntimeEvent) -> None:
        """Do what a reporter does, but for sending."""
        encode_event(event)


def rehearse() -> None:
    """Go once through all that a reload and its first turns will need."""
    library_folders()
    installed_names()
    declarations = _make_app().declarations()
    describe(declarations, "rehearsal", "/", clock=utc_now)
    runtime = Runtime(declarations, _Nowhere(), is_user_file=lambda _: False, clock=utc_now)
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(runtime.boot())
        for turn in range(1, _TURNS + 1):
            command = decode_command(encode_command(RunTurn(request=_request(turn))).strip())
            assert isinstance(command, RunTurn)
            loop.run_until_complete(runtime.run_turn(command.request))
    finally:
        loop.close()


def _make_app() -> cpsl.App:
    app = cpsl.App(name="rehearsal", image=cpsl.Image())

    @app.boot()
    async def boot() -> None:
        """Do nothing, as most boots do."""

    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        """Use what most handlers use."""
        session.data["turns"] = session.data.get("turns", 0) + 1
        await session.reply(message.text)
        async with session.stream_reply() as reply:
            reply.write("a")
            reply.write("b")

    return app


def _request(turn: int) -> TurnRequest:
    session = SessionState(
        id="rehearsal",
        user=UserRecord(id="rehearsal", owner_id="rehearsal"),
        channel="chat",
        data={"turns": turn},
        history=[],
        integrations={},
    )
    return TurnRequest(
        session=session,
        turn=turn,
        message=MessageRecord(text="hello", timestamp="2026-01-01T00:00:00.000Z"),
        is_new=False,
    )
