"""Finding folders of data that are too large to be watched, so that nobody waits for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_LARGE_ENTRIES = 10_000
# Looking must not cost what watching would.
_MOST_ENTRIES = 60_000
_SKIPPED = frozenset(("__pycache__", "node_modules", "venv", "env"))


def large_folders(folder: Path) -> list[str]:
    """Return a sentence for each folder in this one that holds a great many files."""
    left = _MOST_ENTRIES
    said = []
    for name in _folders_in(folder):
        count = 0
        for _ in _entries(folder / name):
            count += 1
            left -= 1
            if count > _LARGE_ENTRIES or left <= 0:
                break
        if count > _LARGE_ENTRIES:
            said.append(
                f"{name} holds more than {_LARGE_ENTRIES} files and is not watched; "
                f"only those that the app reads while it is loaded are."
            )
        if left <= 0:
            break
    return said


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and not entry.name.startswith(".")
                and entry.name not in _SKIPPED
            )
    except OSError:
        return []


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    yield entry
        except OSError:
            continue
