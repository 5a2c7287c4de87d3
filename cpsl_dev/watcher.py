"""What changed on disk, told once it has settled.

The operating system says where to look; a look compares contents. A slow poll of the followed
files looks even when nothing was said, so that a network mount, a container or a lost
notification only costs a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from cpsl.concurrency import spawn
from cpsl_dev.contents import Contents, Hashes, stamp_of
from cpsl_dev.generators import is_generated
from cpsl_dev.git_state import GitState
from cpsl_dev.listings import Entries, Folder, Listings
from cpsl_dev.notices import Notices

# A second look after this tells a file that is still being written from one that is done.
_SETTLE_SECONDS = 0.003
_SETTLE_MANY_SECONDS = 0.010
# A file that is empty or gone is most often one that is being written.
_EMPTY_SECONDS = 1.2
_GONE_SECONDS = 0.15
_GIT_SECONDS = 1.8
# A generator writes one file after another.
_GENERATED_SECONDS = 0.2
# A file that never comes to rest must not hold back the others.
_MAX_SETTLE_SECONDS = 1.5
_MAX_GIT_SECONDS = 10.0
_POLL_SECONDS = 1.0
_POLL_ALONE_SECONDS = 0.3

# How the files and the folders are at one moment.
Picture = tuple[Hashes, dict[Folder, frozenset[str]]]


class Watcher:
    """Follows a set of files, and folders where new ones may matter.

    Args:
        folder: The app's folder; its git says when a branch switch is under way.
        native: False polls only.
    """

    def __init__(self, folder: Path, *, native: bool = True) -> None:
        self.last_notice_ms = 0.0
        self._git = GitState(folder)
        self._contents = Contents()
        self._listings = Listings()
        self._baseline: Hashes = {}
        self._accepted: dict[Folder, frozenset[str]] = {}
        self._dropped: set[str] = set()
        # What the folders held when `accept` was called.
        self._entries: dict[str, Entries | None] = {}
        self._folders: dict[str, list[Folder]] = {}
        self._parts: set[str] = set()
        self._roots: tuple[str, ...] = ()
        self._attached: dict[str, tuple[int, ...] | None] = {}
        self._signal = asyncio.Event()
        self._notices = Notices(self._hear, native=native)
        self._task: asyncio.Task[None] | None = None
        self._heard = 0.0

    @property
    def mode(self) -> Literal["native", "polling"]:
        """Whether the operating system tells of changes, or all of them are polled for."""
        return self._notices.mode

    @property
    def warnings(self) -> list[str]:
        """What should be known about the watching itself."""
        return self._notices.warnings

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
            self._task = spawn(self._poll(), name="poll files")

    async def stop(self) -> None:
        """Stop watching."""
        self._notices.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def follow(self, hashes: Mapping[str, str | None], folders: Iterable[Folder]) -> None:
        """Compare with these contents from now on.

        Args:
            hashes: Every file to follow with the hash that counts as unchanged.
            folders: Where new files may matter.
        """
        self._baseline = dict(hashes)
        self._contents.forget(self._baseline)
        self._accepted = {folder: self._known_in(folder) for folder in folders}
        self._dropped = set()
        self._folders = {}
        for folder in self._accepted:
            for place in {folder.path, os.path.realpath(folder.path)}:
                self._folders.setdefault(place, []).append(folder)
        self._parts = _parts_of([*self._baseline, *self._folders])
        self._attach(_roots_of(self._baseline, self._folders))
        # What changed while the code was being loaded is found by this look.
        self._signal.set()

    def add(self, path: str, digest: str | None) -> None:
        """Follow one more file, which was read with this content; None: the one that it has."""
        if path in self._baseline:
            return
        self._baseline[path] = digest or self._contents.hash_of(path)
        self._parts |= _parts_of([path])
        self._attach({*self._roots, *_roots_of([path], ())})
        self._signal.set()

    def drop(self, path: str) -> None:
        """Follow a file no longer; nor is it a change, until `follow`, that it comes or goes."""
        self._baseline.pop(path, None)
        self._dropped.add(path)

    def nudge(self) -> None:
        """Have `changed` look now, without waiting to be told."""
        self._signal.set()

    def look(self) -> list[str]:
        """Return the followed files whose content is not what it was, and new modules."""
        return self._changes(self._picture())

    def accept(self) -> None:
        """Count what is on the disk now as unchanged."""
        self._baseline, self._accepted = self._picture()
        self._entries = {
            folder.path: self._listings.entries(folder.path) for folder in self._accepted
        }

    async def changed(self) -> list[str]:
        """Wait until content differs and is at rest; return the files."""
        while True:
            await self._signal.wait()
            self._signal.clear()
            started = time.perf_counter()
            self._attach(self._roots)
            try:
                before = self._picture()
                if self._changes(before) and (found := await self._settled(before)):
                    self.last_notice_ms = (time.perf_counter() - started) * 1_000
                    return found
            except asyncio.CancelledError:
                # Whoever waits next must find what this wait has seen.
                self._signal.set()
                raise

    def _known_in(self, folder: Folder) -> frozenset[str]:
        """Return what counts as known of a folder: what it held, and what was loaded from it."""
        path = folder.path
        held = self._entries[path] if path in self._entries else self._listings.entries(path)
        if held is None:
            return folder.choose(None)
        prefix = f"{path}/"
        loaded = {
            name: bool(deeper)
            for file, digest in self._baseline.items()
            if digest is not None and file.startswith(prefix)
            for name, deeper, _ in [file.removeprefix(prefix).partition("/")]
        }
        return folder.choose({**held, **loaded})

    async def _settled(self, before: Picture) -> list[str]:
        """Wait until two looks agree and no file seems to be half-way."""
        started = rested = time.monotonic()
        while True:
            # Each look at many files takes a while: none is made twice.
            changed = self._changes(before)
            if self._is_whole(changed):
                return changed
            await asyncio.sleep(_SETTLE_SECONDS if len(changed) == 1 else _SETTLE_MANY_SECONDS)
            after = self._picture()
            now = time.monotonic()
            is_git_busy = self._git.is_busy()
            if after != before:
                rested = now
            if is_git_busy:
                # The files of a branch that are new are not followed yet.
                rested = max(rested, self._heard)
            if after == before and not self._is_half_way(
                changed, now - rested, is_git_busy=is_git_busy
            ):
                return self._changes(after)
            if now - started > (_MAX_GIT_SECONDS if is_git_busy else _MAX_SETTLE_SECONDS):
                return self._changes(after)
            before = after

    def _is_whole(self, changed: list[str]) -> bool:
        """Tell whether all there is is one file that was renamed into place: it is complete.

        That nothing followed it for a moment is known already: else nothing would have been heard.
        """
        return (
            len(changed) == 1
            and self._contents.is_replaced(changed[0])
            and not self._git.is_busy()
            and not self._is_half_way(changed, 0.0, is_git_busy=False)
        )

    def _picture(self) -> Picture:
        return (self._current(), {folder: self._listings.of(folder) for folder in self._accepted})

    def _changes(self, picture: Picture) -> list[str]:
        """Return what is different in a picture, of what is followed now."""
        hashes, listings = picture
        changed = {
            path for path, digest in self._baseline.items() if hashes.get(path, digest) != digest
        }
        for folder, accepted in self._accepted.items():
            different = listings.get(folder, accepted) ^ accepted
            paths = {os.path.join(folder.path, name) for name in different}
            changed |= paths - self._dropped
        return sorted(changed)

    def _current(self) -> Hashes:
        return {path: self._contents.hash_of(path) for path in self._baseline}

    def _is_half_way(self, changed: list[str], rest: float, *, is_git_busy: bool) -> bool:
        """Tell whether more is to be expected after a rest of so many seconds."""
        if is_git_busy and rest < _GIT_SECONDS:
            return True
        if rest > _EMPTY_SECONDS:
            return False
        if rest < _GENERATED_SECONDS and any(is_generated(path) for path in changed):
            return True
        if rest < _GONE_SECONDS and any(self._contents.is_gone(path) for path in changed):
            return True
        return any(self._contents.is_empty(path) for path in changed)

    async def _poll(self) -> None:
        """Look now and then, whether or not anything was said."""
        while True:
            await asyncio.sleep(_POLL_SECONDS if self.mode == "native" else _POLL_ALONE_SECONDS)
            self._attach(self._roots)
            if self.look():
                self._signal.set()

    def _attach(self, roots: Iterable[str]) -> None:
        """Listen to these folders; again where one was replaced, as its watch was for the old."""
        self._roots = tuple(sorted(roots))
        attached = {root: _inode(root) for root in self._roots}
        if attached != self._attached:
            self._attached = attached
            self._notices.listen([root for root, inode in attached.items() if inode is not None])

    def _hear(self, paths: Iterable[str]) -> None:
        paths = list(paths)
        self._heard = time.monotonic()
        if not paths or any(self._concerns(path) for path in paths):
            self._signal.set()

    def _concerns(self, path: str) -> bool:
        """Tell cheaply whether an event may matter; a look decides."""
        place, name = os.path.split(path)
        if name in self._parts:
            return True
        return any(
            folder.wants(name, is_folder=False) or folder.wants(name, is_folder=True)
            for folder in self._folders.get(place, ())
        )


def _inode(path: str) -> tuple[int, ...] | None:
    stamp = stamp_of(path)
    return None if stamp is None else stamp[3:5]


def _roots_of(files: Iterable[str], folders: Iterable[str]) -> set[str]:
    """Return where to listen for these files, and for what lies on the way to them."""
    found: set[str] = set()
    places = set(folders)
    for file in files:
        places.add(os.path.dirname(file))
        if os.path.islink(file):
            # A link is followed to its end.
            found.add(os.path.dirname(os.path.realpath(file)))
    for place in places:
        found.update(_ways_to(place))
    return found


def _ways_to(folder: str) -> set[str]:
    """Return a folder, what it links to, where its links lie, and what is left of a missing one."""
    found = {folder, os.path.realpath(folder)}
    place = folder
    while (parent := os.path.dirname(place)) != place:
        if os.path.islink(place) or (not os.path.isdir(place) and os.path.isdir(parent)):
            found.add(parent)
        place = parent
    return found


def _parts_of(paths: Iterable[str]) -> set[str]:
    """Return every name on the way to these paths: an event on any of them may concern one."""
    found: set[str] = set()
    places = set()
    for path in paths:
        place, name = os.path.split(path)
        places.add(place)
        found.add(name)
        if os.path.islink(path):
            places.add(os.path.realpath(path))
    for place in places:
        found.update(place.split("/"))
        found.update(os.path.realpath(place).split("/"))
    found.discard("")
    return found
