"""The time, as it is stored and shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment, with its zone."""
    return datetime.now(UTC)


def to_iso(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, to the millisecond, with a `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
