"""What changed on disk, told once it has settled.

The operating system says where to look; a look compares contents. A slow poll of the followed
files looks even when nothing was said, so that a network mount, a container or a lost
notification only costs a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from watchfiles import awatch

from cpsl.concurrency import spawn

logger = logging.getLogger(__name__)

# Small steps see half-written files; a second look after `_SETTLE_SECONDS` tells those apart.
_STEP_MS = 1
_GROUP_MS = 24
_SETTLE_SECONDS = 0.003
_SETTLE_MANY_SECONDS = 0.010
# A file that is empty or gone is most often one that is being written.
_EMPTY_SECONDS = 1.2
_GONE_SECONDS = 0.15
_MAX_SETTLE_SECONDS = 1.5
_POLL_SECONDS = 1.0
_POLL_ALONE_SECONDS = 0.3

# path -> hash of its content; None: there is no such file
Hashes = dict[str, str | None]
Stamp = tuple[int, ...] | None


class Watcher:
    """Follows a set of files, and folders where an import could find new ones.

    Args:
        native: False polls only.
    """

    def __init__(self, *, native: bool = True) -> None:
        self.mode: Literal["native", "polling"] = "native" if native else "polling"
        self.warning: str | None = None
        self.last_notice_ms = 0.0
        self._baseline: Hashes = {}
        self._stamps: dict[str, Stamp] = {}
        self._hashes: Hashes = {}
        self._folders: tuple[str, ...] = ()
        self._names: frozenset[str] | None = None
        self._listings: dict[str, tuple[Stamp, frozenset[str]]] = {}
        self._accepted: dict[str, frozenset[str]] = {}
        self._parts: frozenset[str] = frozenset()
        self._roots: tuple[str, ...] = ()
        self._signal = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def roots(self) -> list[str]:
        """The folders that are watched."""
        return list(self._roots)

    @property
    def baseline(self) -> Mapping[str, str | None]:
        """The contents that count as unchanged."""
        return self._baseline

    @property
    def files(self) -> list[str]:
        """The files that are followed."""
        return sorted(self._baseline)

    def start(self) -> None:
        """Begin to watch."""
        if self._task is None:
            self._task = spawn(self._run(), name="watch files")

    async def stop(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def follow(
        self, hashes: Mapping[str, str | None], folders: Iterable[str], names: frozenset[str] | None
    ) -> None:
        """Compare with these contents from now on.

        Args:
            hashes: Every file to follow with the hash that counts as unchanged.
            folders: Where an import could find new modules.
            names: The modules that matter there; None: any new module does.
        """
        self._baseline = dict(hashes)
        self._names = names
        self._folders = tuple(sorted(set(folders)))
        self._accepted = {folder: self._list(folder) for folder in self._folders}
        self._parts = frozenset(_parts_of(self._baseline, self._folders))
        roots = tuple(sorted(_folders_of(self._baseline) | set(self._folders)))
        if roots != self._roots:
            self._roots = roots
            self._moved.set()
        # What changed while the code was being loaded is found by this look.
        self._signal.set()

    def look(self) -> list[str]:
        """Return the followed files whose content is not what it was, and new modules."""
        changed = [path for path, digest in self._baseline.items() if self._hash_of(path) != digest]
        for folder in self._folders:
            different = self._list(folder) ^ self._accepted[folder]
            changed += [os.path.join(folder, name) for name in different]
        return sorted(set(changed))

    def current(self) -> Hashes:
        """Return the hash of every followed file as it is now."""
        return {path: self._hash_of(path) for path in self._baseline}

    def add(self, path: str, digest: str) -> None:
        """Follow one more file, which a load in progress has just read."""
        if path not in self._baseline:
            self._baseline[path] = digest
            self._parts |= frozenset(_parts_of([path], ()))
            roots = tuple(sorted({*self._roots, *_folders_of([path])}))
            if roots != self._roots:
                self._roots = roots
                self._moved.set()

    def accept(self) -> None:
        """Count what is on the disk now as unchanged."""
        self._baseline = self.current()
        self._accepted = {folder: self._list(folder) for folder in self._folders}

    async def changed(self) -> list[str]:
        """Wait until content differs and is at rest; return the files."""
        while True:
            await self._signal.wait()
            self._signal.clear()
            started = time.perf_counter()
            if self.look() and (found := await self._settled()):
                self.last_notice_ms = (time.perf_counter() - started) * 1_000
                return found

    async def _settled(self) -> list[str]:
        """Wait until two looks agree and no file seems to be half-way."""
        started = time.monotonic()
        before = self._picture()
        while True:
            many = sum(before[path] != digest for path, digest in self._baseline.items()) > 1
            await asyncio.sleep(_SETTLE_MANY_SECONDS if many else _SETTLE_SECONDS)
            after = self._picture()
            waited = time.monotonic() - started
            if waited > _MAX_SETTLE_SECONDS:
                return self.look()
            if after == before and not self._is_half_way(waited):
                return self.look()
            before = after

    def _picture(self) -> Hashes:
        return {**self.current(), **{folder: str(self._list(folder)) for folder in self._folders}}

    def _is_half_way(self, waited: float) -> bool:
        for path, digest in self._baseline.items():
            if self._hashes.get(path) == digest:
                continue
            stamp = self._stamps.get(path)
            if stamp is None and waited < _GONE_SECONDS:
                return True
            if stamp is not None and stamp[2] == 0 and waited < _EMPTY_SECONDS:
                return True
        return self._is_git_at_work(waited)

    def _is_git_at_work(self, waited: float) -> bool:
        """A branch switch holds this lock until the last file is written."""
        return waited < _EMPTY_SECONDS and any(
            os.path.exists(os.path.join(folder, ".git", "index.lock")) for folder in self._folders
        )

    def _hash_of(self, path: str) -> str | None:
        stamp = _stamp(path)
        if stamp is None:
            self._hashes[path] = None
        elif stamp != self._stamps.get(path) or self._hashes.get(path) is None:
            self._hashes[path] = hash_file(path)
        self._stamps[path] = stamp
        return self._hashes[path]

    def _list(self, folder: str) -> frozenset[str]:
        """Return the entries of a folder that an import of the known names could find."""
        stamp = _stamp(folder)
        known = self._listings.get(folder)
        if known is None or known[0] != stamp:
            try:
                entries = frozenset(name for name in os.listdir(folder) if _is_module(folder, name))
            except OSError:
                entries = frozenset()
            known = self._listings[folder] = (stamp, entries)
        if self._names is None:
            return known[1]
        return frozenset(name for name in known[1] if name.removesuffix(".py") in self._names)

    async def _run(self) -> None:
        while True:
            self._moved.clear()
            moved = asyncio.ensure_future(self._moved.wait())
            watching = asyncio.ensure_future(self._watch())
            polling = asyncio.ensure_future(self._poll())
            try:
                await asyncio.wait({moved, watching}, return_when=asyncio.FIRST_COMPLETED)
                if watching.done() and not moved.done():
                    await self._fall_back(watching)
                    await moved
            finally:
                for task in (moved, watching, polling):
                    task.cancel()
                await asyncio.gather(moved, watching, polling, return_exceptions=True)

    async def _watch(self) -> None:
        roots = _existing(self._roots)
        if self.mode == "polling" or not roots:
            await asyncio.Event().wait()
        async for changes in awatch(
            *roots,
            watch_filter=None,
            debounce=_GROUP_MS,
            step=_STEP_MS,
            recursive=False,
            ignore_permission_denied=True,
        ):
            if any(self._concerns(path) for _, path in changes):
                self._signal.set()

    async def _fall_back(self, watching: asyncio.Future[None]) -> None:
        error = watching.exception()
        self.mode = "polling"
        self.warning = f"Files are polled, as they cannot be watched: {error}."
        logger.warning("%s", self.warning)

    async def _poll(self) -> None:
        """Look now and then, whether or not anything was said."""
        inodes = self._inodes()
        while True:
            await asyncio.sleep(_POLL_SECONDS if self.mode == "native" else _POLL_ALONE_SECONDS)
            if self.look():
                self._signal.set()
            if self._inodes() != inodes:
                # A watched folder was replaced: its watch was for the old one.
                self._moved.set()

    def _inodes(self) -> list[tuple[int, ...] | None]:
        return [None if (stamp := _stamp(root)) is None else stamp[3:5] for root in self._roots]

    def _concerns(self, path: str) -> bool:
        """Tell cheaply whether an event may matter; a look decides."""
        folder, name = os.path.split(path)
        if name in self._parts:
            return True
        if folder not in self._accepted or not _is_module(folder, name):
            return False
        return self._names is None or name.removesuffix(".py") in self._names


def hash_file(path: str) -> str | None:
    """Return the SHA-256 of a file in hexadecimal, None where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


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
    prefix = f"{folder}/"
    return path.removeprefix(prefix)


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)


def _is_module(folder: str, name: str) -> bool:
    if name.endswith(".py"):
        return name.removesuffix(".py").isidentifier()
    return name.isidentifier() and os.path.isdir(os.path.join(folder, name))


def _existing(folders: Iterable[str]) -> list[str]:
    return [folder for folder in folders if os.path.isdir(folder)]


def _folders_of(paths: Iterable[str]) -> set[str]:
    """Return where to listen for these files: a link is followed to where it points."""
    found = set()
    for path in paths:
        found.add(os.path.dirname(path))
        found.add(os.path.dirname(os.path.realpath(path)))
    return found


def _parts_of(paths: Iterable[str], folders: Iterable[str]) -> set[str]:
    """Return every name on the way to these files: an event on any of them may concern one."""
    found: set[str] = set()
    for path in [*paths, *folders]:
        found.update(path.split("/"))
        found.add(os.path.basename(os.path.realpath(path)))
    found.discard("")
    return found
