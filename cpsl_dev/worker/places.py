"""Which files are the user's: those that a reload must follow and a traceback should show."""

from __future__ import annotations

import contextlib
import os
import site
import sysconfig
from functools import lru_cache
from pathlib import Path

import cpsl
import cpsl_dev
from cpsl_dev.contents import is_database
from cpsl_dev.listings import module_name

# The system's own files are no part of an app, though an import may read them.
_SYSTEM = (
    "/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/run/",
    "/System/", "/Library/", "/private/etc/", "/opt/homebrew/",
)  # fmt: skip
# Whatever interpreter they belong to.
_PACKAGES = ("/site-packages/", "/dist-packages/")


class Places:
    """Tells the app's files from those of libraries and of the system.

    Args:
        folder: The app's folder.
        ignored: Folders that never count, such as the state of the dev server.
    """

    def __init__(self, folder: Path, ignored: tuple[Path, ...] = ()) -> None:
        self._folder = _slash(str(folder))
        self._real_folder = _slash(os.path.realpath(folder))
        self._folders = (self._folder, self._real_folder)
        self._ignored = tuple(_slash(str(path)) for path in ignored)
        self._libraries = library_folders()
        # An app may lie inside of what is otherwise a folder of libraries.
        self._libraries_inside = tuple(
            library for library in self._libraries if not self._real_folder.startswith(library)
        )
        self.is_source = lru_cache(maxsize=20_000)(self._is_source)

    def is_data(self, path: str) -> bool:
        """Tell whether a file that was read while loading is one that a reload must follow."""
        if path.startswith(self._ignored) or "/__pycache__/" in self._inside(path):
            return False
        if is_database(path) or not self.is_source(path) or not _has_plain_name(path):
            return False
        return path.startswith(self._folders) or not path.startswith(_SYSTEM)

    def spelled(self, path: str) -> str:
        """Return a path by way of the app's folder as it was named, where that is a link."""
        if path.startswith(self._real_folder):
            return self._folder + path.removeprefix(self._real_folder)
        return path

    def _is_source(self, path: str) -> bool:
        if not path.startswith("/"):
            return False
        if any(packages in self._inside(path) for packages in _PACKAGES):
            return False
        if path.startswith(self._folders):
            return not path.startswith(self._libraries_inside)
        if path.startswith(self._libraries):
            return False
        return not os.path.realpath(path).startswith(self._libraries)

    def _inside(self, path: str) -> str:
        """Return a path from the app's folder on: what its own path is called means nothing."""
        for folder in self._folders:
            if path.startswith(folder):
                return path[len(folder) - 1 :]
        return path


@lru_cache(maxsize=1)
def library_folders() -> tuple[str, ...]:
    """Return where Python and its packages lie: the same for the life of the process."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {sysconfig.get_path(name) for name in names}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    for package in (cpsl, cpsl_dev):
        assert package.__file__ is not None
        folders.add(str(Path(package.__file__).parent))
    return tuple(
        {_slash(place) for folder in folders for place in (folder, os.path.realpath(folder))}
    )


@lru_cache(maxsize=1)
def installed_names() -> frozenset[str]:
    """Return what an import could find among the installed packages."""
    found: set[str | None] = set()
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        with contextlib.suppress(OSError):
            found.update(module_name(entry) for entry in os.listdir(folder))
    return frozenset(name for name in found if name is not None)


def _has_plain_name(path: str) -> bool:
    """Tell whether a name is text: one that is not cannot be told to anybody."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _slash(folder: str) -> str:
    return folder.rstrip("/") + "/"
