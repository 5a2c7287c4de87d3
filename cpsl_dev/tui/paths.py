"""Completing the path of a file, as a shell does."""

from __future__ import annotations

import os
from itertools import islice

_MOST_ENTRIES = 5_000
_MOST_OFFERS = 50


def path_completions(folder: str, text: str) -> list[str]:
    """Return what the start of a path may become, sorted; folders end with a slash.

    Args:
        folder: Where relative paths start.
        text: What was typed; `~` stands for the user's home.
    """
    head, slash, start = text.rpartition("/")
    where = os.path.join(folder, os.path.expanduser(head + slash))
    try:
        with os.scandir(where) as entries:
            found = [
                f"{head}{slash}{entry.name}{'/' if entry.is_dir() else ''}"
                for entry in islice(entries, _MOST_ENTRIES)
                if _fits(entry.name, start)
            ]
    except (OSError, ValueError):
        return []
    return sorted(found)[:_MOST_OFFERS]


def _fits(name: str, start: str) -> bool:
    """Tell whether a name is offered: hidden ones only to those who ask for them."""
    return name.startswith(start) and (bool(start) or not name.startswith("."))


def common_start(offers: list[str]) -> str:
    """Return what all of them begin with."""
    first, last = min(offers, default=""), max(offers, default="")
    for index, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:index]
    return first
