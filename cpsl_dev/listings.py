"""What a folder holds that matters: modules that an import could find, files that were asked for.

A listing is made again only when the folder's stamp asks for it.
"""

from __future__ import annotations

import importlib.machinery
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from cpsl_dev.contents import YOUNG_SECONDS, Stamp, stamp_of

_SUFFIXES = tuple(sorted(importlib.machinery.all_suffixes(), key=len, reverse=True))
# A folder with more entries, of data most often, is asked for single names instead of listed.
_CROWDED_ENTRIES = 5_000
# Folders that no import means, though their names could be imported.
_NO_PACKAGES = frozenset(("__pycache__", "node_modules", "venv", "env"))


# The names of the entries of a folder, with whether each is a folder.
Entries = dict[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder, and which of its entries matter.

    Args:
        path: Where it is.
        modules: The modules that matter; None: every one does.
        pattern: Which files, by their whole path, matter besides.
        is_deep: Whether folders in it matter, as files in them do.
    """

    path: str
    modules: frozenset[str] | None = frozenset()
    pattern: re.Pattern[str] | None = None
    is_deep: bool = False

    def choose(self, entries: Entries | None) -> frozenset[str]:
        """Return those of a folder's entries that matter; None are too many to tell."""
        if entries is None:
            entries = _probe(self.path, self.modules or ())
        return frozenset(
            name for name, is_folder in entries.items() if self.wants(name, is_folder=is_folder)
        )

    def wants(self, name: str, *, is_folder: bool) -> bool:
        """Tell whether an entry of this name matters."""
        module = module_name(name)
        if module is not None and self._wants_module(module):
            return is_folder or name != module
        if is_folder:
            return self.is_deep and not name.startswith(".") and name not in _NO_PACKAGES
        path = os.path.join(self.path, name)
        return self.pattern is not None and self.pattern.match(path) is not None

    def _wants_module(self, module: str) -> bool:
        if self.modules is None:
            return module not in _NO_PACKAGES
        return module in self.modules


class Listings:
    """Listings of folders, made again only when needed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Stamp, float, Entries | None]] = {}

    def of(self, folder: Folder) -> frozenset[str]:
        """Return the entries of a folder that matter."""
        return folder.choose(self.entries(folder.path))

    def entries(self, path: str) -> Entries | None:
        """Return every entry of a folder; None when there are too many."""
        stamp = stamp_of(path)
        now = time.monotonic()
        known = self._known.get(path)
        if known is None or known[0] != stamp or now - known[1] < YOUNG_SECONDS:
            since = known[1] if known is not None and known[0] == stamp else now
            known = self._known[path] = (stamp, since, _list(path))
        return known[2]


def module_name(entry: str) -> str | None:
    """Return the module that a folder's entry would be imported as; None for other files."""
    for suffix in _SUFFIXES:
        if entry.endswith(suffix):
            name = entry.removesuffix(suffix)
            return name if name.isidentifier() else None
    return entry if entry.isidentifier() else None


def _list(path: str) -> Entries | None:
    """Return every entry of a folder; None when there are too many."""
    found = {}
    try:
        with os.scandir(path) as entries:
            for count, entry in enumerate(entries):
                if count >= _CROWDED_ENTRIES:
                    return None
                found[entry.name] = entry.is_dir()
    except OSError:
        return {}
    return found


def _probe(path: str, modules: Iterable[str]) -> Entries:
    """Look for some modules in a folder without listing it."""
    found = {}
    for module in modules:
        if os.path.isfile(os.path.join(path, f"{module}.py")):
            found[f"{module}.py"] = False
        if os.path.isdir(os.path.join(path, module)):
            found[module] = True
    return found
