"""Times as the screen shows them: of the day, in the zone of the terminal."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache


@lru_cache(4096)
def clock_time(timestamp: str, *, precise: bool = False) -> str:
    """Return `10:02`, or `10:02:11.204`, of an ISO 8601 time; nothing if it is none."""
    try:
        local = datetime.fromisoformat(timestamp).astimezone()
    except ValueError:
        return ""
    if precise:
        return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
    return f"{local:%H:%M}"


def day_and_time(timestamp: str) -> str:
    """Return `2026-11-22 10:02:11` of an ISO 8601 time; nothing if it is none."""
    try:
        return f"{datetime.fromisoformat(timestamp).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return ""
