"""What the app was made from: every source that was imported, every file that was read.

A source is compiled from the very bytes that are hashed here, never taken from a `.pyc` file:
Python trusts those by whole seconds and size, and would run old code after a quick second save.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import linecache
import marshal
import os
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from cpsl_dev.worker.places import Places

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_KEPT_CODE_FILES = 2_000


class Sources:
    """Records what is loaded, from `start` to `stop`.

    Args:
        places: Which files count.
        cache: Where compiled code is kept by the hash of its source; None keeps none.
        tell: Called with each source and its hash as it is compiled.
    """

    def __init__(
        self, places: Places, cache: Path | None, tell: Callable[[str, str], None]
    ) -> None:
        self.hashes: dict[str, str | None] = {}
        self._places = places
        self._cache = cache
        self._tell = tell
        self._read: dict[str, tuple[int, ...] | None] = {}
        self._written: set[str] = set()
        self._fresh: list[tuple[Path, CodeType]] = []
        self._recording = False

    def start(self) -> None:
        """Begin to record, and to compile the app's sources here."""
        self._recording = True
        sys.addaudithook(self._audit)
        _replace_get_code(self._code_of)

    def stop(self) -> dict[str, str | None]:
        """Stop recording files that are read; return each file's hash, None where it is missing.

        A file that changed between being read and now has the hash `changed`, which no content
        has, so that whoever compares looks again.
        """
        self._recording = False
        for path, stamp in self._read.items():
            if path not in self.hashes and path not in self._written:
                self.hashes[path] = _hash_if(path, stamp)
        return self.hashes

    def note_modules(self) -> None:
        """Add the app's modules that another loader brought in."""
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and path not in self.hashes and self._places.is_source(path):
                self._read.setdefault(path, _stamp(path))

    def keep_code(self) -> None:
        """Write what was compiled to the cache, in the background."""
        if self._cache is not None and self._fresh:
            threading.Thread(
                target=_write_code, args=(self._cache, self._fresh), name="cpsl-code", daemon=True
            ).start()

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        # An audit hook cannot be taken away again, so it must cost nothing once it is done.
        if not self._recording or event != "open":
            return
        path, _, flags = args
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or not isinstance(flags, int):
            return
        path = os.path.abspath(path)
        if flags & _WRITING:
            self._written.add(path)
        elif path not in self._read and self._places.is_data(path):
            self._read[path] = _stamp(path)

    def _code_of(self, loader: Any, name: str) -> CodeType | None:
        """Return the code of one of the app's modules; None for all others."""
        path = loader.get_filename(name)
        if not self._places.is_source(path):
            return None
        data = loader.get_data(path)
        digest = hashlib.sha256(data).hexdigest()
        self.hashes[path] = digest
        self._tell(path, digest)
        _remember_lines(path, data)
        kept = None if self._cache is None else self._cache / _code_name(path, digest)
        if kept is not None and (known := _read_code(kept)) is not None:
            return known
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            code: CodeType = loader.source_to_code(data, path)
        for item in caught:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
        # Cached code would be silent about what the compiler has to say.
        if kept is not None and not caught:
            self._fresh.append((kept, code))
        return code


def _replace_get_code(code_of: Callable[[Any, str], CodeType | None]) -> None:
    """Compile the app's modules here, whatever finder found them.

    This is the one method that every loader of source files comes through: those of `sys.path`,
    of editable installs, and of `spec_from_file_location`.
    """
    loader = importlib.machinery.SourceFileLoader
    usual = loader.get_code

    def get_code(self: Any, fullname: str) -> CodeType | None:
        return code_of(self, fullname) or usual(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign]


def _remember_lines(path: str, data: bytes) -> None:
    """Let tracebacks show the text that runs, not the text of the file as it is later."""
    try:
        text = importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        return
    linecache.cache[path] = (len(data), None, text.splitlines(keepends=True), path)


def _stamp(path: str) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)


def _hash_if(path: str, stamp: tuple[int, ...] | None) -> str | None:
    try:
        if stamp is not None and not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    return digest if _stamp(path) == stamp else "changed"


def _code_name(path: str, digest: str) -> str:
    key = f"{path}\0{digest}\0{sys.implementation.cache_tag}\0{sys.flags.optimize}"
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _read_code(path: Path) -> CodeType | None:
    try:
        code = marshal.loads(path.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None


def _write_code(folder: Path, fresh: list[tuple[Path, CodeType]]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, code in fresh:
            part = path.with_name(f"{path.name}.{os.getpid()}")
            part.write_bytes(marshal.dumps(code))
            part.rename(path)
        kept = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in kept[:-_KEPT_CODE_FILES]:
            path.unlink(missing_ok=True)
    except OSError:
        # A cache that cannot be written costs milliseconds, not correctness.
        return
