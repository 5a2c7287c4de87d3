"""How loads end, for those who wait for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from cpsl.records import JsonObject


class Outcomes:
    """Everyone who waits for the end of the load that is under way, or of the next one."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[JsonObject]] = set()

    async def next(self) -> JsonObject:
        """Wait until a load ends; return how."""
        end: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting.add(end)
        try:
            return await end
        finally:
            self._waiting.discard(end)

    async def wait(self, seconds: float) -> None:
        """Wait until a load ends, but not longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.next()

    def tell(self, outcome: JsonObject) -> None:
        """A load has ended like this."""
        for end in self._waiting:
            if not end.done():
                end.set_result(outcome)
        self._waiting.clear()

    def cancel(self) -> None:
        """No load will end any more."""
        for end in self._waiting:
            end.cancel()
