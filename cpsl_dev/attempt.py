"""A reload in progress: why, for which files, since when; and what is told of it at its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from cpsl.records import JsonObject
from cpsl_dev.load_attempt import LoadOutcome

Reason = Literal["start", "save", "request", "crash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A reload in progress. `notice_ms` had passed when it began."""

    reason: Reason
    files: list[str]
    notice_ms: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    def describe(self, outcome: LoadOutcome, swap_ms: float) -> JsonObject:
        """Return what is told of its end, and where the milliseconds went."""
        facts = outcome.facts
        passed_ms = (time.perf_counter() - self.started) * 1_000
        return {
            "files": self.files,
            "reason": self.reason,
            "duration_ms": round(passed_ms + self.notice_ms, 2),
            "parts": {
                "notice": round(self.notice_ms, 2),
                "load": facts["load_ms"],
                "boot": facts["boot_ms"],
                "swap": round(swap_ms, 2),
            },
            "notes": outcome.notes,
        }
