"""Why the newest code cannot run, as it is shown and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cpsl.records import JsonObject
from cpsl_dev.config import Entry
from cpsl_dev.contents import shown_path

# What a file that is gone leads to.
_OF_MISSING_FILES = ("ModuleNotFoundError", "ImportError", "FileNotFoundError")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadError:
    """Why the newest code cannot run. `file` is relative to the app's folder when inside it."""

    phase: str
    type: str
    message: str
    file: str | None = None
    line: int | None = None
    text: str | None = None
    traceback: str = ""

    def __str__(self) -> str:
        place = "" if self.file is None else f" ({self.file}, line {self.line})"
        return f"{self.type}: {self.message}{place if self.line else ''}"

    def to_json(self) -> JsonObject:
        """Return the error as it is shown to clients."""
        return {name: getattr(self, name) for name in self.__slots__}


def describe_load_error(facts: JsonObject, entry: Entry, gone: Sequence[str]) -> LoadError:
    """Return the error of a load that failed.

    Args:
        facts: What the worker told of it.
        entry: The app; an error that names no file is shown there.
        gone: Files that an earlier generation was made from and that are missing now.
    """
    error = LoadError(phase=facts["phase"], **facts["error"])
    if error.type in _OF_MISSING_FILES and gone:
        names = " and ".join(shown_path(path, entry.folder) for path in gone)
        verb = "is" if len(gone) == 1 else "are"
        error = replace(error, message=f"{error.message} ({names} {verb} missing)")
    if error.type == "SystemExit":
        said = f": {error.message}" if error.message else ""
        error = replace(error, message=f"the module called sys.exit{said}")
    file = error.file or (None if entry.file is None else str(entry.file))
    return replace(error, file=None if file is None else shown_path(file, entry.folder))
