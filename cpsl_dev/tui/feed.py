"""Events on their way from the core's thread to the screen's: bounded, and in batches.

The core adds what happened and is never kept waiting; the screen takes all of it at once, at
most so many times a second. When the screen is slow, chunks of a reply are put together, the
noise (output, log lines) gives way first, and what is lost is said, so that the screen reads the
state again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cpsl_dev.event_log import Event

_NOISE = ("output.", "log.")
_MOST_STATE = 20_000
_MOST_LOG = 2_500


@dataclass(frozen=True, slots=True)
class Batch:
    """What happened since the last batch.

    Attributes:
        state: What changes a conversation, with the chunks of a reply put together.
        log: The newest events for the event log, every kind.
        skipped: How many events for the log were left out before those.
        lost: True if `state` is incomplete.
    """

    state: list[Event]
    log: list[Event]
    skipped: int
    lost: bool


class EventFeed:
    """Takes events in one thread and gives them away in another.

    Args:
        wake: Called, in the thread of `take`, when the first event waits after a `drain`.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._state: list[_Run] = []
        self._log: deque[Event] = deque(maxlen=_MOST_LOG)
        self._taken = 0
        self._lost = False
        self._asleep = True

    def take(self, events: Sequence[Event]) -> None:
        """Add events, in order."""
        with self._lock:
            self._log.extend(events)
            self._taken += len(events)
            for event in events:
                if not event.kind.startswith(_NOISE):
                    self._add(event)
            must_wake, self._asleep = self._asleep, False
        if must_wake:
            self._wake()

    def drain(self) -> Batch:
        """Return what waits."""
        with self._lock:
            runs, self._state = self._state, []
            log = list(self._log)
            self._log.clear()
            skipped, self._taken = self._taken - len(log), 0
            lost, self._lost = self._lost, False
            self._asleep = True
        return Batch([run.joined() for run in runs], log, skipped, lost)

    def _add(self, event: Event) -> None:
        if self._state and self._state[-1].takes(event):
            self._state[-1].texts.append(str(event.fields.get("text", "")))
        elif len(self._state) >= _MOST_STATE:
            self._state.clear()
            self._lost = True
        else:
            self._state.append(_Run(event, []))


@dataclass(slots=True)
class _Run:
    """An event, or chunks of one reply that follow each other."""

    event: Event
    texts: list[str]

    def takes(self, event: Event) -> bool:
        mine = self.event
        return (
            event.kind == mine.kind == "reply.chunk"
            and event.session_id == mine.session_id
            and event.turn == mine.turn
            and event.fields.get("reply") == mine.fields.get("reply")
        )

    def joined(self) -> Event:
        if not self.texts:
            return self.event
        text = str(self.event.fields.get("text", "")) + "".join(self.texts)
        return replace(self.event, fields={**self.event.fields, "text": text})
