"""Running the app's exit hook for a session that is about to go."""

from __future__ import annotations

import asyncio

from cpsl.records import JsonObject
from cpsl.store import StoredSession
from cpsl_dev.journal import Journal
from cpsl_dev.protocol import CloseSession
from cpsl_dev.supervisor import Supervisor
from cpsl_dev.turn_writes import read_state

_LIMIT_SECONDS = 5.0


class ExitHooks:
    """Asks the serving worker to run the exit hook, and waits for it within a limit."""

    def __init__(self, journal: Journal, supervisor: Supervisor) -> None:
        self._journal = journal
        self._supervisor = supervisor
        self._left: dict[str, asyncio.Event] = {}

    async def run(self, session: StoredSession) -> None:
        """Run the hook for a session, if a generation serves."""
        worker = self._supervisor.serving
        if worker is None:
            return

        state = await self._journal.read(lambda store: read_state(store, session))
        left = self._left[session.id] = asyncio.Event()
        worker.send(CloseSession(session=state))
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                await left.wait()
        except TimeoutError:
            said = f"The exit hook did not finish within {_LIMIT_SECONDS:g} s.\n"
            fields: JsonObject = {"stream": "stderr", "text": said}
            self._journal.record("output.written", fields, session_id=session.id)
        finally:
            del self._left[session.id]

    def session_left(self, session_id: str) -> None:
        """The hook of a session has run."""
        if (left := self._left.get(session_id)) is not None:
            left.set()

    def worker_exited(self) -> None:
        """No hook that was asked for can still be waited for."""
        for left in self._left.values():
            left.set()
