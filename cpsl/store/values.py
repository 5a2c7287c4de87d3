"""How values are put into columns."""

from __future__ import annotations

from typing import Any

import orjson


def to_json(value: Any) -> str:
    """Encode for a TEXT column."""
    return orjson.dumps(value).decode()


def to_integer(number: int) -> int:
    """Return the nearest number that SQLite can hold: beyond those there is nothing to find."""
    return max(-(2**63), min(number, 2**63 - 1))
