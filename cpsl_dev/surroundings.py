"""What the app runs on and lies beside: the interpreter, its packages, large folders of data."""

from __future__ import annotations

import asyncio
import itertools
import os
import site
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from cpsl_dev.contents import Stamp, stamp_of
from cpsl_dev.large_folders import large_folders

_LOOK_SECONDS = 0.5
# Not while the app starts, which matters more.
_LARGE_LOOK = 3


class Surroundings:
    """Looks now and then whether the ground has shifted.

    Args:
        folder: The app's folder.
        on_packages: Called once packages have been installed or removed, and all is quiet again.
    """

    def __init__(self, folder: Path, on_packages: Callable[[], None]) -> None:
        self._folder = folder
        self._on_packages = on_packages
        self._interpreter = _interpreter()
        self._is_other = False
        self._large: list[str] = []

    @property
    def warnings(self) -> list[str]:
        """What a developer should know or do about it."""
        if not self._is_other:
            return self._large
        return [
            f"The Python interpreter {sys.executable} has changed since the start: "
            f"restart cpsl dev.",
            *self._large,
        ]

    async def run(self) -> None:
        """Look until cancelled."""
        known = before = _packages()
        for look in itertools.count():
            await asyncio.sleep(_LOOK_SECONDS)
            if look == _LARGE_LOOK:
                self._large = await asyncio.to_thread(large_folders, self._folder)
            self._is_other = _interpreter() != self._interpreter
            now = _packages()
            # An installation takes a while: only when two looks agree is it done.
            if now == before and now != known:
                known = now
                self._on_packages()
            before = now


def package_folders() -> list[str]:
    """Return where packages are installed for this interpreter."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    return sorted(folders)


def _packages() -> list[tuple[str, int | None]]:
    # The time of a folder changes with the names in it, as every installation changes them.
    return [
        (folder, None if (stamp := stamp_of(folder)) is None else stamp[0])
        for folder in package_folders()
    ]


def _interpreter() -> list[tuple[str, Stamp]]:
    paths = (os.path.realpath(sys.executable), os.path.join(sys.prefix, "pyvenv.cfg"))
    return [(path, _identity(path)) for path in paths]


def _identity(path: str) -> Stamp:
    stamp = stamp_of(path)
    # What changes when a file is replaced, not when it is touched.
    return None if stamp is None else (stamp[0], *stamp[2:])
