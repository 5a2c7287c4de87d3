"""What an app declares to need and this machine lacks: packages and secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpsl.handlers import Declarations

# The name at the beginning of a requirement (PEP 508).
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


def missing_needs(declarations: Declarations, environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each declared package or secret that is not there.

    Nothing is installed: the image of an app is advice on a developer's own machine.
    """
    packages = [
        f"the image asks for the package {name!r}, which is not installed: pip install {name}"
        for name in _names_of(declarations.python_packages)
        if not _is_installed(name)
    ]
    secrets = [
        f"the secret {name!r} is declared but not set: put it into .env or the environment"
        for name in declarations.secrets
        if name not in environment
    ]
    return packages + secrets


def _names_of(requirements: list[str]) -> list[str]:
    found = (_NAME.match(requirement) for requirement in requirements)
    return [match.group(1) for match in found if match is not None]


def _is_installed(name: str) -> bool:
    # Most apps ask for nothing, and need not wait for this.
    from importlib import metadata  # noqa: PLC0415 - as said above

    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
