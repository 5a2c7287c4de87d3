"""Tests of how values are put into columns."""

from __future__ import annotations

import pytest

from cpsl.store.values import to_integer, to_json


def test_json_is_compact_text() -> None:
    assert to_json({"a": [1, "ü", None]}) == '{"a":[1,"ü",null]}'


@pytest.mark.parametrize(
    ("number", "stored"),
    [(0, 0), (-5, -5), (2**63 - 1, 2**63 - 1), (2**63, 2**63 - 1), (-(2**70), -(2**63))],
)
def test_numbers_beyond_64_bits_become_the_nearest(number: int, stored: int) -> None:
    assert to_integer(number) == stored
