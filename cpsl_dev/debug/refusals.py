"""Requests that were refused, told in the timeline; not so often that they could fill it."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.records import JsonObject
from cpsl_dev.debug.problems import Problem

_NAMES = ("no-token", "host-not-allowed", "origin-not-allowed", "too-many-clients")
_AT_ONCE = 20
_PER_SECOND = 1.0
_LONGEST_PATH = 200


class Refusals:
    """Tells of refused clients: the first ones each, then about one a second.

    Args:
        record: Adds an event of a kind, with its fields, to the timeline.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self, record: Callable[[str, JsonObject], None], *, now: Callable[[], float]
    ) -> None:
        self._record = record
        self._now = now
        self._credit = float(_AT_ONCE)
        self._counted_at = now()
        self._left_out = 0

    def tell(self, problem: Problem, path: str) -> None:
        """Record a refusal, unless too many were of late; then the next one says how many."""
        if problem.name not in _NAMES:
            return
        now = self._now()
        grown = self._credit + (now - self._counted_at) * _PER_SECOND
        self._credit, self._counted_at = min(float(_AT_ONCE), grown), now
        if self._credit < 1.0:
            self._left_out += 1
            return
        self._credit -= 1.0
        fields: JsonObject = {
            "status": problem.status,
            "detail": problem.title,
            "path": path[:_LONGEST_PATH].encode("utf-8", "replace").decode(),
        }
        if self._left_out:
            fields["more"], self._left_out = self._left_out, 0
        self._record("client.refused", fields)
