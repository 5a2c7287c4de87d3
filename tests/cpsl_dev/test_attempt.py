"""Tests of what is told of a reload."""

from __future__ import annotations

import time
from typing import Any

from cpsl_dev.attempt import Attempt
from cpsl_dev.load_attempt import LoadOutcome
from tests.workers import Child


def outcome(**values: Any) -> LoadOutcome:
    facts = {"kind": "load.finished", "load_ms": 3.25, "boot_ms": 1.5}
    return LoadOutcome(worker=Child().process, facts=facts, **values)


async def test_its_end_is_told_with_where_the_time_went() -> None:
    attempt = Attempt(reason="save", files=["app.py"], notice_ms=2.126)

    told = attempt.describe(outcome(notes=["started cold"]), 0.444)

    assert told["reason"] == "save"
    assert told["files"] == ["app.py"]
    assert told["parts"] == {"notice": 2.13, "load": 3.25, "boot": 1.5, "swap": 0.44}
    assert told["notes"] == ["started cold"]


async def test_its_duration_counts_from_when_the_change_was_seen() -> None:
    attempt = Attempt(
        reason="save", files=[], notice_ms=1_000.0, started=time.perf_counter() - 60.0
    )

    duration_ms = attempt.describe(outcome(), 0.0)["duration_ms"]

    assert 61_000.0 <= duration_ms < 76_000.0


async def test_a_worker_that_died_has_no_times() -> None:
    facts = {"kind": "load.failed", "load_ms": None, "boot_ms": None}
    died = LoadOutcome(worker=Child().process, facts=facts)

    told = Attempt(reason="start", files=[]).describe(died, 0.0)

    assert told["parts"] == {"notice": 0.0, "load": None, "boot": None, "swap": 0.0}
