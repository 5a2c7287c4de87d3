"""Comparing what a page shows with what came: `…` in a page stands for anything."""

from __future__ import annotations

import re
from typing import Any

ANYTHING = "…"


def matches_text(shown: str, found: str) -> bool:
    """Tell whether a text is as shown; a line that is only `…` stands for any number of lines."""
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    pattern = "\n".join(_line_pattern(line) for line in lines)
    have = "\n".join(line.rstrip() for line in found.strip("\n").splitlines())
    return re.fullmatch(pattern, have, re.DOTALL) is not None


def differences(shown: Any, found: Any, path: str = "") -> list[str]:
    """Return how a JSON value differs from the one that is shown.

    An object may have more fields than are shown; a list that ends in `…` may have more items.
    """
    if shown == ANYTHING:
        return []
    if isinstance(shown, dict) and isinstance(found, dict):
        missing = [f"{path}/{name} is not there" for name in shown if name not in found]
        return missing + [
            difference
            for name, value in shown.items()
            if name in found
            for difference in differences(value, found[name], f"{path}/{name}")
        ]
    if isinstance(shown, list) and isinstance(found, list):
        if shown and shown[-1] == ANYTHING:
            shown, found = shown[:-1], found[: len(shown) - 1]
        if len(shown) != len(found):
            return [f"{path} has {len(found)} items, not {len(shown)}"]
        return [
            difference
            for index, (one, other) in enumerate(zip(shown, found, strict=True))
            for difference in differences(one, other, f"{path}/{index}")
        ]
    if isinstance(shown, str) and isinstance(found, str) and matches_text(shown, found):
        return []
    return [] if shown == found else [f"{path} is {found!r}, not {shown!r}"]


def _line_pattern(line: str) -> str:
    # Columns are as wide as what stands in them, which a page cannot know.
    words = [re.escape(part) for part in re.split(r" {2,}", line)]
    return r" {2,}".join(words).replace(ANYTHING, ".*?")
