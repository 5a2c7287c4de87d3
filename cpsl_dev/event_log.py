"""The timeline: every event in order, the newest in memory, all of them in the store.

It has one writer, the journal, which calls `publish` once events are committed. A reader is a
listener, which is called, or a subscription, which is iterated and cut off when it falls behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from cpsl.records import JsonObject

logger = logging.getLogger(__name__)

Listener = Callable[[Sequence["Event"]], None]


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its number. `fields` are those of its kind."""

    seq: int
    time: str
    kind: str
    generation: int | None
    session_id: str | None
    turn: int | None
    fields: JsonObject

    def to_json(self) -> JsonObject:
        """Return the event as clients see it: the fields of its kind beside the common ones."""
        common: JsonObject = {
            "seq": self.seq,
            "time": self.time,
            "kind": self.kind,
            "generation": self.generation,
            "session_id": self.session_id,
            "turn": self.turn,
        }
        return {**self.fields, **common}


class EventLog:
    """The newest events, and everyone who reads along.

    Args:
        size: How many events are kept in memory.
    """

    def __init__(self, size: int = 5_000) -> None:
        self.first_seq = 1
        self.last_seq = 0
        self._recent: deque[Event] = deque(maxlen=size)
        self._listeners: dict[object, Listener] = {}
        self._subscriptions: set[Subscription] = set()

    def recent(self, count: int = 1_000) -> list[Event]:
        """Return the newest events in memory, oldest first."""
        return list(self._recent)[-count:] if count > 0 else []

    def add_listener(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each batch, in order; return what stops that.

        Listeners run on the loop of the core: they must return at once.
        """
        token = object()
        self._listeners[token] = listener
        return lambda: self._listeners.pop(token, None) and None

    def subscribe(self, size: int = 1_024) -> Subscription:
        """Read along from now on; cut off once `size` events wait unread."""
        return Subscription(size, self._subscriptions)

    def restore(self, events: Sequence[Event], first_seq: int, last_seq: int) -> None:
        """Begin with what an earlier run has left."""
        self._recent.extend(events)
        self.first_seq, self.last_seq = first_seq, last_seq

    def publish(self, events: Sequence[Event]) -> None:
        """Show committed events to every reader."""
        if not events:
            return
        self._recent.extend(events)
        self.last_seq = events[-1].seq
        for listener in list(self._listeners.values()):
            try:
                listener(events)
            except Exception:  # one reader's fault must not keep the others from reading
                logger.exception("A listener of the event log failed")
        for subscription in list(self._subscriptions):
            subscription.take(events)


class Subscription:
    """Events from the moment it was made, in batches, until it is closed or falls behind.

    `overflowed` tells that it fell behind: whoever reads must continue from the store.
    """

    def __init__(self, size: int, registry: set[Subscription]) -> None:
        self.overflowed = False
        self._size = size
        self._registry = registry
        self._waiting: list[Event] = []
        self._changed = asyncio.Event()
        self._closed = False
        registry.add(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> list[Event]:
        await self._changed.wait()
        self._changed.clear()
        batch, self._waiting = self._waiting, []
        if self._closed:
            self._changed.set()
            if not batch or self.overflowed:
                raise StopAsyncIteration
        return batch

    def take(self, events: Sequence[Event]) -> None:
        """Add what was published; drop everything and end when that is too much."""
        if len(self._waiting) + len(events) > self._size:
            self.overflowed = True
            self._waiting.clear()
            self.close()
            return
        self._waiting.extend(events)
        self._changed.set()

    def close(self) -> None:
        """Stop reading along."""
        self._closed = True
        self._registry.discard(self)
        self._changed.set()
