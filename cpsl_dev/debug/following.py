"""Reading the timeline without a gap: what is stored first, then what happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpsl_dev.event_log import Event

if TYPE_CHECKING:
    from cpsl_dev.server import DevServer

_PAGE = 1_000
# A reader this close to the newest event can take the rest and then read along.
_NEAR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which events are wanted: of any of the kinds (`turn.*` for a group), of a session or turn."""

    kinds: tuple[str, ...] = ()
    session_id: str | None = None
    turn: int | None = None

    def holds(self, event: Event) -> bool:
        """Tell whether an event is wanted."""
        if self.session_id is not None and event.session_id != self.session_id:
            return False
        if self.turn is not None and event.turn != self.turn:
            return False
        return not self.kinds or any(_is_kind(event.kind, kind) for kind in self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Events that are no longer stored: the first and the last of them."""

    first: int
    last: int


async def follow(
    server: DevServer, selection: Selection, *, after: int, cuts_off: bool = False
) -> AsyncGenerator[list[Event] | Gap, None]:
    """Yield the wanted events above the number `after`, in order, then each as it happens.

    Args:
        server: Whose events.
        selection: Which of them.
        after: The number of the last event that the reader has.
        cuts_off: End once the reader is too slow; else it continues from the store.
    """
    reader = _Reader(server, selection, after)
    while True:
        while server.log.last_seq - reader.position > _NEAR:
            for part in await reader.read(server.log.last_seq):
                yield part
        with server.log.subscribe() as subscription:
            newest = server.log.last_seq
            while reader.position < newest:
                for part in await reader.read(newest):
                    yield part
            # While the rest was read, more may have come than a subscription holds.
            is_slow = not subscription.overflowed
            async for batch in subscription:
                if wanted := reader.take(batch):
                    yield wanted
            if not subscription.overflowed or (cuts_off and is_slow):
                return


class _Reader:
    """Knows up to which event everything has been handed out."""

    def __init__(self, server: DevServer, selection: Selection, position: int) -> None:
        self.position = position
        self._server = server
        self._selection = selection

    async def read(self, newest: int) -> list[list[Event] | Gap]:
        """Return the next stored events, up to the number `newest`."""
        parts: list[list[Event] | Gap] = []
        first = self._server.log.first_seq
        if self.position + 1 < first:
            parts.append(Gap(first=self.position + 1, last=first - 1))
            self.position = first - 1
        page = await self._server.events(
            after=self.position,
            limit=_PAGE,
            kinds=self._selection.kinds,
            session_id=self._selection.session_id,
        )
        events = [event for event in page if event.seq <= newest]
        complete = len(page) < _PAGE or len(events) < len(page)
        self.position = max(self.position, newest if complete else page[-1].seq)
        if wanted := [event for event in events if self._selection.holds(event)]:
            parts.append(wanted)
        return parts

    def take(self, batch: list[Event]) -> list[Event]:
        """Return the wanted events of what has just happened."""
        wanted = [
            event for event in batch if event.seq > self.position and self._selection.holds(event)
        ]
        if batch:
            self.position = max(self.position, batch[-1].seq)
        return wanted


def _is_kind(kind: str, pattern: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern
