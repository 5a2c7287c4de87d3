"""What an app needs installed: advice on a laptop, an image when it is deployed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any


class Image:
    """The Python packages, system packages and commands that an app's image is made of.

    Nothing is installed locally.

    Args:
        python_packages: requirements, or the path of a requirements file.
        apt_packages: names of system packages.
        commands: shell commands that run while the image is built.

    Raises:
        FileNotFoundError: the requirements file is not there.
    """

    def __init__(
        self,
        *,
        python_packages: list[str] | str | None = None,
        apt_packages: list[str] | None = None,
        commands: list[str] | None = None,
    ) -> None:
        self.python_packages = _read_requirements(python_packages or [])
        self.apt_packages = list(apt_packages or [])
        self.commands = list(commands or [])

    def add_python_packages(self, packages: Sequence[str] | str) -> Image:
        """Add requirements, or those of a requirements file, and return the image."""
        self.python_packages.extend(_read_requirements(packages))
        return self

    def add_apt_packages(self, packages: Sequence[str]) -> Image:
        """Add system packages and return the image."""
        self.apt_packages.extend(packages)
        return self

    def add_commands(self, commands: Sequence[str]) -> Image:
        """Add shell commands and return the image."""
        self.commands.extend(commands)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the three lists."""
        return {
            "python_packages": list(self.python_packages),
            "apt_packages": list(self.apt_packages),
            "commands": list(self.commands),
        }


def _read_requirements(packages: Sequence[str] | str) -> list[str]:
    if not isinstance(packages, str):
        return list(packages)
    if not os.path.isfile(packages):
        raise FileNotFoundError(
            f"The requirements file {packages!r} is not in {os.getcwd()!r}. "
            f"Give a path that exists, or a list of packages."
        )
    with open(packages, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return [line for line in lines if line and not line.startswith(("#", "-"))]
