"""Pictures of a conversation: named and measured, and drawn where Pillow is installed.

They are drawn with half blocks, two pixels a cell, which every terminal with colours can show:
the protocols for real pixels need sequences that the screen lets nobody send. A picture elsewhere
is shown by its address until the user has fetched it.
"""

from __future__ import annotations

import base64
import binascii
import importlib.util
import os
from functools import lru_cache
from typing import Any

from cpsl.files import FileStore
from cpsl_dev.tui.spans import Line, Span

MOST_BYTES = 32_000_000
_LONGEST_ADDRESS = 8_000
_MOST_PIXELS = 40_000_000
_MOST_COLUMNS, _MOST_ROWS = 48, 14
_FEWEST_COLUMNS = 8
_KEPT = 8


def is_on_web(url: str) -> bool:
    """Tell whether an address is one on the web."""
    return url.lower().startswith(("http://", "https://"))


class Pictures:
    """Finds, measures and draws pictures; safe to use in a thread.

    Args:
        folder: Where files of conversations are kept.
        has_colours: False where half blocks would all look the same.
    """

    def __init__(self, folder: str = "", *, has_colours: bool = True) -> None:
        self._files = FileStore(folder)
        self._has_colours = has_colours
        self._fetched: dict[str, bytes] = {}
        self.fetched_count = 0

    @property
    def obstacle(self) -> str:
        """Why no picture can be drawn, in words for the user; empty where they can."""
        if not self._has_colours:
            return "Pictures are drawn with colours, and NO_COLOR is set."
        if importlib.util.find_spec("PIL") is None:
            return "Pictures are drawn with Pillow: pip install 'cpsl-dev[images]' brings it."
        return ""

    def is_to_fetch(self, url: str) -> bool:
        """Tell whether a picture is on the web, and could be drawn if it were here."""
        if not is_on_web(url) or len(url) > _LONGEST_ADDRESS:
            return False
        return url not in self._fetched and not self.obstacle

    def keep(self, url: str, picture: bytes) -> None:
        """Take a picture that was fetched; the oldest of many goes for it."""
        self._fetched[url] = picture
        self.fetched_count += 1
        while len(self._fetched) > _KEPT:
            del self._fetched[next(iter(self._fetched))]

    def find(self, url: str) -> bytes | str | None:
        """Return the picture of a reference: its bytes, or its path; None if it is not here."""
        if (fetched := self._fetched.get(url)) is not None:
            return fetched
        if url.startswith("data:image/"):
            return _decode(url)
        return self._files.find(url) if url.startswith("/files/") else None

    def describe(self, url: str) -> str:
        """Return size and dimensions, as far as they are known."""
        found = self.find(url)
        if found is None:
            return "the file is gone" if url.startswith("/files/") else ""
        try:
            size = len(found) if isinstance(found, bytes) else os.stat(found).st_size
        except OSError:
            return "the file is gone"
        measured = _measure(found)
        return f"{measured}{size:,} bytes"

    def can_draw(self, picture: bytes) -> bool:
        """Tell whether something is a picture that can be drawn; this blocks."""
        return bool(self.draw(picture, _MOST_COLUMNS))

    def draw(self, picture: bytes | str, width: int) -> list[Line]:
        """Return a small picture as lines; none where it cannot be drawn."""
        columns = min(width, _MOST_COLUMNS)
        if columns < _FEWEST_COLUMNS or not self._has_colours:
            return []
        return _draw(picture, columns)


def _decode(url: str) -> bytes | None:
    head, comma, body = url.partition(",")
    if not comma or not head.endswith(";base64") or len(body) > 2 * MOST_BYTES:
        return None
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None


def _open(picture: bytes | str) -> Any | None:
    """Open a picture without reading its pixels; None if it is none, or far too large."""
    try:
        image_module = importlib.import_module("PIL.Image")
    except ImportError:
        return None
    source: Any = picture
    if isinstance(picture, bytes):
        source = importlib.import_module("io").BytesIO(picture)
    elif os.path.getsize(picture) > MOST_BYTES:
        return None
    try:
        image = image_module.open(source)
    except (OSError, ValueError, SyntaxError, image_module.DecompressionBombError):
        return None
    width, height = image.size
    return image if 0 < width * height <= _MOST_PIXELS else None


def _measure(picture: bytes | str) -> str:
    image = _open(picture)
    if image is None:
        return ""
    with image:
        return f"{image.width} by {image.height}  "


@lru_cache(_KEPT)
def _draw(picture: bytes | str, columns: int) -> list[Line]:
    image = _open(picture)
    if image is None:
        return []
    with image:
        wide, high = image.size
        scale = min(columns / wide, 2 * _MOST_ROWS / high, 1.0)
        size = (max(1, round(wide * scale)), max(2, round(high * scale / 2) * 2))
        try:
            image.draft("RGB", size)
            small = image.convert("RGBA").resize(size)
        except (OSError, ValueError, SyntaxError, MemoryError):
            return []
    pixels = small.load()
    return [
        tuple(_cell(pixels[x, y], pixels[x, y + 1]) for x in range(size[0]))
        for y in range(0, size[1], 2)
    ]


def _cell(upper: tuple[int, ...], lower: tuple[int, ...]) -> Span:
    """Return two pixels, one above the other, as a half block; what is see-through is dark."""
    return ("▀", (f"#{_colour(upper)}", f"#on:{_colour(lower)}"))


def _colour(pixel: tuple[int, ...]) -> str:
    red, green, blue, alpha = pixel
    return "".join(f"{part * alpha // 255:02x}" for part in (red, green, blue))
