"""Tests of the time, as it is stored and shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cpsl.clock import to_iso, utc_now


def test_the_present_has_a_zone() -> None:
    assert utc_now().tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (
            datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))),
            "2025-12-31T23:00:00.000Z",
        ),
        (datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), "2038-01-19T03:14:08.000Z"),
    ],
)
def test_a_moment_is_written_in_utc_to_the_millisecond(moment: datetime, text: str) -> None:
    assert to_iso(moment) == text


def test_later_moments_sort_later_as_text() -> None:
    start = datetime(2026, 12, 31, 23, 59, 59, 900_000, tzinfo=UTC)

    texts = [to_iso(start + timedelta(milliseconds=50 * step)) for step in range(5)]

    assert texts == sorted(texts)
