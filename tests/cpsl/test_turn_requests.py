"""Tests of what the runtime is asked to run."""

from __future__ import annotations

from dataclasses import replace

import orjson

from cpsl.records import BlockRecord
from cpsl.turn_requests import with_blocks
from tests.entries import make_entry


def test_blocks_stand_behind_what_was_said_in_their_turn() -> None:
    history = [replace(make_entry(index), turn=turn) for index, turn in enumerate((1, 1, 2, 1, 3))]
    blocks = [
        (1, BlockRecord(id="a", type="note", payload={"n": 1})),
        (2, BlockRecord(id="b", type="note", payload={"n": 2})),
    ]

    found = with_blocks(history, blocks)

    assert [(entry.sender, entry.turn) for entry in found] == [
        ("user", 1),
        ("user", 1),
        ("user", 2),
        ("block", 2),
        ("user", 1),
        ("block", 1),
        ("user", 3),
    ]
    assert orjson.loads(found[3].text) == {"id": "b", "type": "note", "payload": {"n": 2}}


def test_only_the_newest_of_a_block_is_there() -> None:
    history = [replace(make_entry(index), turn=index) for index in range(3)]
    blocks = [(turn, BlockRecord(id="a", type="note", payload={"turn": turn})) for turn in range(3)]

    found = with_blocks(history, blocks)

    assert [entry.sender for entry in found] == ["user", "user", "user", "block"]
    assert orjson.loads(found[-1].text)["payload"] == {"turn": 2}


def test_block_of_a_turn_that_is_not_there_is_left_out() -> None:
    history = [make_entry(0)]

    assert with_blocks(history, [(9, BlockRecord(id="a", type="note", payload={}))]) == history
