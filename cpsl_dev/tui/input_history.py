"""What was sent from the screen before, kept with the project."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

import orjson

from cpsl_dev.safe_text import safe_text

logger = logging.getLogger(__name__)

_KEPT = 300
_LONGEST = 10_000


class InputHistory:
    """The texts, the oldest first. A file that cannot be read or written is done without."""

    def __init__(self, path: Path) -> None:
        self.texts: list[str] = []
        self._path = path

    def load(self) -> None:
        """Read what an earlier run has left."""
        with contextlib.suppress(OSError):
            for line in self._path.read_bytes().splitlines()[-_KEPT:]:
                with contextlib.suppress(orjson.JSONDecodeError):
                    text = orjson.loads(line)
                    if isinstance(text, str):
                        self.texts.append(safe_text(text))

    def add(self, text: str) -> None:
        """Remember a text; the same one twice in a row counts once."""
        if self.texts[-1:] == [text] or len(text) > _LONGEST:
            return
        self.texts.append(text)
        del self.texts[:-_KEPT]

    def save(self) -> None:
        """Write what there is, in one step, readable for this user only."""
        written = self._path.with_suffix(".new")
        try:
            with open(written, "wb", opener=_private) as file:
                file.writelines(orjson.dumps(text) + b"\n" for text in list(self.texts))
            written.replace(self._path)
        except OSError as error:
            logger.warning("The history of the input cannot be kept: %s", error)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
