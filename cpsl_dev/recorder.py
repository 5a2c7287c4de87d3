"""How parts of the dev server add to the timeline without knowing who keeps it."""

from __future__ import annotations

from typing import Protocol

from cpsl.records import JsonObject


class Recorder(Protocol):
    """Adds an event to the timeline."""

    def __call__(
        self,
        kind: str,
        fields: JsonObject | None = None,
        *,
        generation: int | None = None,
        session_id: str | None = None,
        turn: int | None = None,
    ) -> None:
        """Add it."""
