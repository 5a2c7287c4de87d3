"""The folder that holds a dev server's state, for one server at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

import orjson

from cpsl_dev.exceptions import ServerRunning, UsageError

DISCOVERY_FILE = "dev.json"
STORE_FILE = "state.db"


class StateDir:
    """`.cpsl/` beside the app: made where it is missing, locked while a server runs.

    The lock is the operating system's: it ends with the process, however that ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @property
    def store(self) -> Path:
        """The database."""
        return self.path / STORE_FILE

    def acquire(self) -> None:
        """Make the folder and take the lock.

        Raises:
            ServerRunning: another server holds it; nothing of it was touched.
            UsageError: the folder cannot be made or written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = self.path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", "utf-8")
            lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(
                f"The state cannot be kept in {self.path}: {error.strerror}. "
                f"Choose another folder with --data-dir."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise ServerRunning(
                f"Another dev server{self._address()} already runs with the state in {self.path}. "
                f"Use that one, end it, or choose another folder with --data-dir."
            ) from error
        self._lock = lock

    def release(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            # A child that is just being started still shares the descriptor: closing is not enough.
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            os.close(self._lock)
            self._lock = None

    def _address(self) -> str:
        with contextlib.suppress(OSError, orjson.JSONDecodeError, KeyError, TypeError):
            found = orjson.loads((self.path / DISCOVERY_FILE).read_bytes())
            return f" at {found['url']} (process {found['pid']})"
        return ""
