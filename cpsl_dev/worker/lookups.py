"""Where the app's imports look, and what they looked for in vain: a new file can change either."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import cpsl_dev
from cpsl_dev.worker.places import Places

# Where the dev server itself comes from, if that is no folder of libraries.
_OWN = str(Path(cpsl_dev.__file__ or "/").parents[1])


class Lookups:
    """Stands last among the finders of modules, and so sees what no other has found."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    def start(self) -> None:
        """Begin to note what is not found."""
        sys.meta_path.append(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """Note that nobody has found this module."""
        self.missing.add(fullname.rpartition(".")[2])


def import_folders(modules: Iterable[ModuleType], places: Places) -> list[str]:
    """Return the folders, but for those of libraries, where these modules' imports look."""
    found = {os.path.abspath(entry) for entry in sys.path} - {_OWN}
    for module in modules:
        # A namespace package can have any iterable here.
        path = getattr(module, "__path__", None) or ()
        found.update(entry for entry in path if isinstance(entry, str))
    return sorted(
        folder for folder in found if places.is_source(f"{folder}/") and os.path.isdir(folder)
    )
