"""Secrets by name: an app says which it needs, and reads them when it needs them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any


@dataclass
class Secret:
    """A secret that is looked up when its value is asked for, and shown by name only."""

    _name: str | None = None

    @staticmethod
    def from_name(name: str) -> Secret:
        """Return the secret called `name`; nothing is looked up yet."""
        return Secret(name)

    @property
    def name(self) -> str | None:
        """The name of the secret, which is the name of its environment variable too."""
        return self._name

    @property
    def value(self) -> str:
        """The value, from the environment; an empty variable counts as found.

        Raises:
            ValueError: the secret has no name, or no variable is called so.
        """
        if not self._name:
            raise ValueError("This secret has no name. Make it with cpsl.Secret.from_name(...).")
        value = os.environ.get(self._name)
        if value is None:
            raise ValueError(
                f"Secret {self._name!r} not found in environment and no runtime connection. "
                f"Export {self._name}, or add it to the .env file beside the app."
            )
        return value

    def to_dict(self) -> dict[str, Any]:
        """Return the name, never the value."""
        return {"type": "secret", "name": self._name}

    def __str__(self) -> str:
        return self.value


def missing_secret_warnings(names: list[str]) -> list[str]:
    """Say for each secret that is declared but not in the environment how to set it."""
    return [
        f"Secret {name!r} is declared but not set: export {name}, or add it to the .env file."
        for name in names
        if name not in os.environ
    ]
