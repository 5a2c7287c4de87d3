"""Files that belong to conversations, kept under the hash of what is in them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

URL_PREFIX = "/files/"
_NAME = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,10})?\Z")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}\Z")
# What is kept here never gets a name that an import could take for code.
_CODE = frozenset({".py", ".pyc", ".pyi", ".pyw", ".pyx", ".pyd", ".so", ".pth"})
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that is kept: `name` is its hash and suffix, `size` in bytes."""

    name: str
    size: int

    @property
    def url(self) -> str:
        """The reference to it, which means something to this dev server only."""
        return URL_PREFIX + self.name


class FileStore:
    """A folder of files that are named after their content, so none is ever overwritten.

    Args:
        folder: Where they are; made with the first file, for this user only.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def add(self, data: bytes, suffix: str = "") -> StoredFile:
        """Keep `data`.

        Raises:
            OSError: it cannot be written.
        """
        return self._keep([data], suffix)

    def add_file(self, path: str, suffix: str | None = None) -> StoredFile:
        """Keep a copy of a file, with its own suffix if none is given.

        Raises:
            FileNotFoundError: there is no such file.
            IsADirectoryError: it is a folder.
            OSError: it cannot be read, or the copy not written.
        """
        with open(path, "rb") as file:
            parts = iter(lambda: file.read(_READ_BYTES), b"")
            return self._keep(parts, os.path.splitext(path)[1] if suffix is None else suffix)

    def find(self, url: str) -> str | None:
        """Return where the file of a reference, or of a name, is; None if it is not kept here."""
        name = url.removeprefix(URL_PREFIX)
        if not _NAME.match(name):
            return None
        path = os.path.join(self.folder, name)
        return path if os.path.isfile(path) and not os.path.islink(path) else None

    def _keep(self, parts: Iterable[bytes], suffix: str) -> StoredFile:
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        partial = os.path.join(self.folder, f"partial-{os.urandom(8).hex()}")
        digest, size = hashlib.sha256(), 0
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    digest.update(part)
                    size += file.write(part)
                file.flush()
                os.fsync(file.fileno())
            stored = StoredFile(name=digest.hexdigest() + clean_suffix(suffix), size=size)
            os.replace(partial, os.path.join(self.folder, stored.name))
        except BaseException:
            os.unlink(partial)
            raise
        return stored


def clean_suffix(suffix: str) -> str:
    """Return a suffix as it may stand in a name here: short, plain, and never that of code."""
    suffix = suffix.lower()
    return suffix if _SUFFIX.match(suffix) and suffix not in _CODE else ""


def clean_name(name: str) -> str:
    """Return the last part of a file's name as a user gave it: never a way to another folder."""
    last = re.split(r"[/\\]", name)[-1].replace("\0", "").strip()
    return "file" if last in ("", ".", "..") else last[:200]
