"""Errors of the package that a caller may want to catch."""

from __future__ import annotations


class CpslError(Exception):
    """Base class of the package's own errors."""


class DeclarationError(CpslError, ValueError):
    """An app declares something that cannot work. `file` and `line` say where, if known."""

    def __init__(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.file = file
        self.line = line


class NotAvailable(CpslError, RuntimeError):
    """A part of the public API that this version does not run locally yet."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is not available in the local runtime yet. "
            f"Declaring it works, and the app deploys with it unchanged."
        )
        self.what = what
