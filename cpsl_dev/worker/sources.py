"""What the app was made from: every source that was imported, every file that was read.

A source is compiled from the very bytes that are hashed here, never taken from a `.pyc` file:
Python trusts those by whole seconds and size, and would run old code after a quick second save.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import linecache
import os
import sys
import warnings
from collections.abc import Callable
from types import CodeType
from typing import Any

import cpsl_dev
from cpsl_dev.contents import Stamp, hash_file, stamp_of
from cpsl_dev.worker.code_cache import CodeCache
from cpsl_dev.worker.places import Places

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# These list folders too: the dev server itself.
_OWN_FOLDERS = (f"{os.path.dirname(cpsl_dev.__file__)}/",)
_AUDITED = frozenset(("open", "os.rename", "os.listdir", "os.scandir"))
# What no content has: whoever compares looks again.
CHANGED = "changed"
# Whoever reads more files than this while loading reads data, not configuration.
_MOST_FILES = 2_000


class Sources:
    """Records what is loaded, from `start` to `stop`; after that, what is imported or written.

    Args:
        places: Which files count.
        cache: Keeps compiled code.
        tell: Called with `source.read` and the path and hash of a source as it is compiled; the
            same without a hash for other files as they are read; and with `source.written` and
            the path when the app writes a file, after the load only one that it had read.
    """

    def __init__(self, places: Places, cache: CodeCache, tell: Callable[..., None]) -> None:
        self.hashes: dict[str, str | None] = {}
        self.warnings: list[str] = []
        self.listed: set[str] = set()
        self._places = places
        self._cache = cache
        self._tell = tell
        self._read: dict[str, Stamp] = {}
        self._written: set[str] = set()
        # The source that is opened here to be compiled.
        self._opening = ""
        self._recording = False

    def start(self) -> None:
        """Begin to record, and to compile the app's sources here."""
        self._recording = True
        _hooks.forward_to(self)

    def stop(self) -> dict[str, str | None]:
        """Stop recording files that are read; return each file's hash, None where it is missing.

        A file that changed between being read and now has the hash `CHANGED`.
        """
        self._recording = False
        self._read = {path: stamp for path, stamp in self._read.items() if path not in self.hashes}
        for path, stamp in list(self._read.items())[:_MOST_FILES]:
            digest = hash_file(path)
            self.hashes[path] = digest if stamp_of(path) == stamp else CHANGED
        if len(self._read) > _MOST_FILES:
            self.warnings.append(
                f"{len(self._read)} files were read while loading; "
                f"only the first {_MOST_FILES} of them are followed"
            )
        return self.hashes

    def leave(self) -> None:
        """Neither record nor compile anything from now on."""
        self._recording = False
        _hooks.forward_to(None)

    def note(self, path: str) -> None:
        """Add a source that another loader brings in."""
        path = self._places.spelled(path)
        if path not in self.hashes and self._places.is_source(path):
            self._read.setdefault(path, stamp_of(path))

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Take what Python says of files that are opened and renamed, and of folders listed."""
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int):
                self._note_open(path, flags)
        elif event == "os.rename":
            self._note_written(args[1])
        elif event in ("os.listdir", "os.scandir") and self._recording:
            asker = sys._getframe(2)  # noqa: SLF001 - the documented way to see who calls
            self._note_listed(args[0], asker.f_code.co_filename)

    def _note_open(self, path: Any, flags: int) -> None:
        if flags & _WRITING:
            self._note_written(path)
        elif self._recording and (full := self._full(path)) is not None:
            if full == self._opening or full in self._read or full in self._written:
                return
            if not self._places.is_data(full):
                return
            if not os.path.isdir(full):
                self._read[full] = stamp_of(full)
                self._tell("source.read", path=full, hash=None)

    def _note_listed(self, path: Any, asker: str) -> None:
        """Add a folder that the app looks through for modules, as one with plugins does."""
        full = self._full("." if path is None else path)
        is_import = asker.startswith((*_OWN_FOLDERS, "<frozen")) or "/importlib/" in asker
        if full is not None and not is_import and self._places.is_data(f"{full}/module.py"):
            self.listed.add(full)

    def _note_written(self, path: Any) -> None:
        """What the app writes is its own doing: no reason to load it again."""
        full = self._full(path)
        if full is None:
            return
        is_followed = self._read.pop(full, None) is not None
        if self._recording:
            # It may be one that an earlier generation has read.
            self._written.add(full)
            is_followed = self._places.is_data(full)
        if is_followed:
            self._tell("source.written", path=full)

    def _full(self, path: Any) -> str | None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None
        name = os.fsdecode(path)
        # Python looks for the text of an error in a file even where the code came from none.
        if name.startswith("<") and name.endswith(">"):
            return None
        return self._places.spelled(os.path.abspath(name))

    def code_of(self, loader: Any, name: str) -> CodeType | None:
        """Return the code of one of the app's modules; None for all others."""
        path = loader.get_filename(name)
        if not self._places.is_source(path):
            return None
        self._opening = path
        data = loader.get_data(path)
        self._opening = ""
        digest = hashlib.sha256(data).hexdigest()
        self.hashes[path] = digest
        self._tell("source.read", path=path, hash=digest)
        _remember_lines(path, data)
        if (kept := self._cache.find(path, digest)) is not None:
            return kept
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            code: CodeType = loader.source_to_code(data, path)
        for item in caught:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
        # Cached code would be silent about what the compiler has to say.
        if not caught:
            self._cache.keep(path, digest, code)
        return code


class _Hooks:
    """What is hooked into this process, once: an audit hook cannot be taken away again."""

    def __init__(self) -> None:
        self._sources: Sources | None = None
        self._is_hooked = False

    def forward_to(self, sources: Sources | None) -> None:
        """Let these sources know from now on, and no others."""
        self._sources = sources
        if not self._is_hooked:
            self._is_hooked = True
            sys.addaudithook(self._audit)
            self._replace_get_code()

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        # Called for everything that any code does, so it must cost next to nothing.
        if event in _AUDITED and self._sources is not None:
            self._sources.audit(event, args)

    def _replace_get_code(self) -> None:
        """Compile the app's modules here, whatever finder found them.

        This is the one method that every loader of source files comes through: those of
        `sys.path`, of editable installs, and of `spec_from_file_location`.
        """
        loader = importlib.machinery.SourceFileLoader
        usual = loader.get_code

        def get_code(this: Any, fullname: str) -> CodeType | None:
            sources = self._sources
            found = None if sources is None else sources.code_of(this, fullname)
            return found or usual(this, fullname)

        loader.get_code = get_code  # type: ignore[method-assign,assignment]


_hooks = _Hooks()


def _remember_lines(path: str, data: bytes) -> None:
    """Let tracebacks show the text that runs, not the text of the file as it is later."""
    try:
        text = importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        return
    linecache.cache[path] = (len(data), None, text.splitlines(keepends=True), path)
