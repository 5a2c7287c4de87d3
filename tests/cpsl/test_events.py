"""Tests of the facts that a runtime emits."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import pytest

from cpsl import events
from cpsl.events import ReplyChunk, RuntimeEvent, TurnEnded

KINDS: list[type[RuntimeEvent]] = [
    value
    for value in vars(events).values()
    if isinstance(value, type) and issubclass(value, RuntimeEvent) and value is not RuntimeEvent
]


def test_every_kind_has_a_name_of_its_own() -> None:
    names = [kind.kind for kind in KINDS]

    assert len(set(names)) == len(names)
    assert all("." in name for name in names)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_value_that_says_where_it_happened(kind: type[RuntimeEvent]) -> None:
    assert is_dataclass(kind)
    assert [item.name for item in fields(kind)][:2] == ["session_id", "turn"]


def test_an_event_is_placed_in_a_turn_by_a_copy() -> None:
    event = ReplyChunk(reply=0, text="a")

    placed = replace(event, session_id="s", turn=2)

    assert (placed.session_id, placed.turn, placed.text) == ("s", 2, "a")
    assert event.session_id is None


def test_a_turn_ends_without_a_reason_or_an_error_unless_told() -> None:
    ended = TurnEnded(status="done")

    assert (ended.reason, ended.error) == ("", None)
