"""The contents of files, as hashes.

Time stamps only say whether it is worth to look again; what is compared is content.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

# path -> hash of its content; None: there is no such file
Hashes = dict[str, str | None]
Stamp = tuple[int, ...] | None

# A larger file counts as changed when its size or its time does: reading it would take too long.
_LARGE_BYTES = 8 * 1024 * 1024
# A file can change twice within one tick of the file system's clock, so a stamp is believed only
# once it is older than the coarsest of these ticks.
YOUNG_SECONDS = 2.0
# Opening and closing one of these drops the locks that SQLite holds on it.
_DATABASE = re.compile(r"(\.db|\.db3|\.sqlite[^/]*|-wal|-shm|-journal)\Z")


class Contents:
    """Hashes of files, each read again only when its stamp asks for it."""

    def __init__(self) -> None:
        self._hashes: Hashes = {}
        self._stamps: dict[str, Stamp] = {}
        self._since: dict[str, float] = {}
        self._replaced: set[str] = set()

    def hash_of(self, path: str) -> str | None:
        """Return the hash of a file as it is now; None when there is none."""
        stamp = stamp_of(path)
        now = time.monotonic()
        if path not in self._stamps or stamp != self._stamps[path]:
            self._note_how(path, self._stamps.get(path), stamp)
            self._stamps[path] = stamp
            self._since[path] = now
        elif now - self._since[path] > YOUNG_SECONDS:
            return self._hashes[path]
        digest = self._hashes[path] = None if stamp is None else hash_file(path)
        return digest

    def is_gone(self, path: str) -> bool:
        """Tell whether a file was missing when it was last looked at."""
        return path in self._stamps and self._stamps[path] is None

    def is_empty(self, path: str) -> bool:
        """Tell whether a file was empty when it was last looked at."""
        stamp = self._stamps.get(path)
        return stamp is not None and stamp[2] == 0

    def is_replaced(self, path: str) -> bool:
        """Tell whether a file last changed by a rename over it, and so all at once."""
        return path in self._replaced

    def forget(self, kept: Iterable[str]) -> None:
        """Forget every file but these."""
        kept = set(kept)
        for path in [path for path in self._stamps if path not in kept]:
            del self._stamps[path], self._since[path]
            self._hashes.pop(path, None)
            self._replaced.discard(path)

    def _note_how(self, path: str, before: Stamp, after: Stamp) -> None:
        if before is not None and after is not None and before[3:] != after[3:]:
            self._replaced.add(path)
        else:
            self._replaced.discard(path)


def stamp_of(path: str) -> Stamp:
    """Return what tells cheaply that a file is the same as before; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)


def hash_file(path: str) -> str | None:
    """Return the SHA-256 of a file in hexadecimal; None where it is no file that can be read."""
    try:
        # Opening a pipe would wait for its other end.
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            return None
        if found.st_size > _LARGE_BYTES:
            return f"large:{found.st_size}:{found.st_mtime_ns}"
        # Not buffered: most sources are small, and this is what a look spends its time on.
        with open(path, "rb", buffering=0) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except (OSError, ValueError):
        return None


def is_database(path: str) -> bool:
    """Tell by its name whether a file belongs to a database, which nobody else may open."""
    return _DATABASE.search(path) is not None


def code_hash(hashes: Mapping[str, str | None], folder: Path) -> str:
    """Return one hash for all sources: the same files give the same hash, wherever they lie."""
    lines = sorted(
        f"{shown_path(path, folder)}\0{digest}\n"
        for path, digest in hashes.items()
        if digest is not None
    )
    text = "".join(lines).encode("utf-8", "surrogateescape")
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def shown_path(path: str, folder: Path) -> str:
    """Return a path as people see it: relative to the app's folder when inside it."""
    return path.removeprefix(f"{folder}/")
