"""Refused requests are told in the timeline, but cannot fill it."""

from __future__ import annotations

from typing import Any

import pytest

from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.refusals import Refusals


class Told:
    """What was recorded, and a clock to turn."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.time = 100.0
        self.refusals = Refusals(self.record, now=lambda: self.time)

    def record(self, kind: str, fields: dict[str, Any]) -> None:
        assert kind == "client.refused"
        self.events.append(fields)


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_refusal_says_status_reason_and_path(told: Told) -> None:
    told.refusals.tell(Problem("no-token", "Send the header."), "/status")

    assert told.events == [
        {"status": 401, "detail": "The token is missing or wrong", "path": "/status"}
    ]


@pytest.mark.parametrize("name", ["not-found", "invalid-json", "queue-full", "no-generation"])
def test_what_is_no_refusal_of_a_client_is_not_told(told: Told, name: str) -> None:
    told.refusals.tell(Problem(name, "why"), "/x")

    assert told.events == []


def test_many_refusals_are_told_about_once_a_second_with_their_number(told: Told) -> None:
    for _ in range(1_000):
        told.refusals.tell(Problem("no-token", "why"), "/x")
    told.time += 1.0
    told.refusals.tell(Problem("no-token", "why"), "/x")

    assert len(told.events) == 21
    assert told.events[-1]["more"] == 980


def test_a_long_or_broken_path_is_made_storable(told: Told) -> None:
    told.refusals.tell(Problem("no-token", "why"), "/\udcff" + "x" * 1_000)

    assert told.events[0]["path"] == "/?" + "x" * 198
