from __future__ import annotations

from collections.abc import Iterator

import pytest

from cpsl_dev.tui.times import clock_time, day_and_time


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time  # noqa: PLC0415 - its zone is what this changes

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    clock_time.cache_clear()
    yield
    monkeypatch.undo()
    time.tzset()
    clock_time.cache_clear()


def test_time_of_the_day_is_shown() -> None:
    assert clock_time("2026-11-22T10:02:11.204Z") == "10:02"
    assert clock_time("2026-11-22T10:02:11.204Z", precise=True) == "10:02:11.204"
    assert day_and_time("2026-11-22T10:02:11.204Z") == "2026-11-22 10:02:11"


def test_what_is_no_time_is_shown_as_nothing() -> None:
    assert (clock_time(""), day_and_time("soon")) == ("", "")
