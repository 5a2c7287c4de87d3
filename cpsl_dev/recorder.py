"""How parts of the dev server add to the timeline without knowing who keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cpsl.records import JsonObject


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has no number yet."""

    time: str
    kind: str
    generation: int | None
    session_id: str | None
    turn: int | None
    fields: JsonObject


class Recorder:
    """Makes events, and hands them to whoever keeps the timeline.

    Args:
        keep: Takes an event.
        now: Returns the time that it is stamped with.
    """

    def __init__(self, keep: Callable[[Draft], None], now: Callable[[], str]) -> None:
        self._keep = keep
        self._now = now

    def __call__(
        self,
        kind: str,
        fields: JsonObject | None = None,
        *,
        generation: int | None = None,
        session_id: str | None = None,
        turn: int | None = None,
    ) -> None:
        """Add an event; nobody waits for it."""
        self._keep(Draft(self._now(), kind, generation, session_id, turn, fields or {}))
