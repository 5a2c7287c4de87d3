"""Whether git is in the middle of changing many files at once."""

from __future__ import annotations

import os
import time
from pathlib import Path

# A git that crashed leaves its lock behind, and one that waits for an editor holds it for long.
_STALE_SECONDS = 10.0


class GitState:
    """Knows where the repository of a folder keeps its lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._inode = _inode_of(folder)
        self._since = time.monotonic() - _STALE_SECONDS

    def is_busy(self) -> bool:
        """Tell whether git holds its index, as it does until the last file is written."""
        inode = _inode_of(self._folder)
        if inode != self._inode:
            self._inode, self._since = inode, time.monotonic()
        return inode is not None and time.monotonic() - self._since < _STALE_SECONDS


def _inode_of(folder: Path) -> int | None:
    lock = _lock_of(folder)
    try:
        return None if lock is None else os.stat(lock).st_ino
    except OSError:
        return None


def _lock_of(folder: Path) -> str | None:
    """Return where git would put its lock for this folder; None outside of a repository."""
    # Asked for at each save, so as text: paths as objects take five times as long.
    place = str(folder)
    while True:
        found = os.path.join(place, ".git")
        if os.path.isdir(found):
            return os.path.join(found, "index.lock")
        if os.path.isfile(found):
            # A worktree or a submodule: the file says where the rest is.
            return _named_in(Path(found))
        parent = os.path.dirname(place)
        if parent == place:
            return None
        place = parent


def _named_in(file: Path) -> str | None:
    try:
        text = file.read_text("utf-8", "surrogateescape").strip()
    except OSError:
        return None
    name = text.removeprefix("gitdir:").strip()
    return str(file.parent / name / "index.lock")
