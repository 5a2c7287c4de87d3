"""A sink for tests of the runtime."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from cpsl.events import ReplySent, RuntimeEvent, TurnEnded

DEADLINE_SECONDS = 10.0


class Recorder:
    """A sink; `seen` waits for an event."""

    def __init__(self) -> None:
        self.events: list[RuntimeEvent] = []
        self._is_new = threading.Event()

    def emit(self, event: RuntimeEvent) -> None:
        self.events.append(event)
        self._is_new.set()

    async def seen(self, is_wanted: Callable[[RuntimeEvent], bool]) -> RuntimeEvent:
        while True:
            self._is_new.clear()
            for event in self.events:
                if is_wanted(event):
                    return event
            assert await asyncio.to_thread(self._is_new.wait, DEADLINE_SECONDS), self.events

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, ReplySent)]

    @property
    def end(self) -> TurnEnded:
        (end,) = (event for event in self.events if isinstance(event, TurnEnded))
        return end
