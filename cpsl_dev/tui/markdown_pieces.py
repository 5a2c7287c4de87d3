"""Cutting Markdown into pieces that can be laid out one by one.

A text that streams in changes only at its end: with its pieces cached, each frame lays out the
last one again and nothing else. It also bounds what a single layout can cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# From this size on a piece ends at the next blank line, at the next line that may begin a block,
# and at any line.
_ENOUGH, _LARGE, _MOST = 600, 2_500, 8_000
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_BEGINS_BLOCK = re.compile(r"([-*+]|\d{1,9}[.)])\s|#|>")
_LONGEST_LINE = 8_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a Markdown text; `joined` if nothing separates it from the one before."""

    text: str
    joined: bool = False


def split_markdown(source: str) -> list[Piece]:
    """Cut a text into pieces of a few kilobytes, where that does not change what is shown."""
    splitter = _Splitter()
    lines = source.split("\n")
    for line in lines:
        for start in range(0, max(1, len(line)), _LONGEST_LINE):
            splitter.add(line[start : start + _LONGEST_LINE])
    return splitter.finish()


class _Splitter:
    """Reads line by line and decides where pieces end."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._lines: list[str] = []
        self._size = 0
        self._joined = False
        self._fence = ""
        self._fence_line = ""
        self._after_blank = False

    def add(self, line: str) -> None:
        if self._fence:
            self._add_code(line)
            return
        if self._ends_before(line):
            self._end(joined=not self._after_blank)
        if match := _FENCE.match(line):
            self._fence, self._fence_line = match[1], line
        self._put(line)
        self._after_blank = not line.strip()

    def finish(self) -> list[Piece]:
        self._end(joined=False)
        return self._pieces

    def _add_code(self, line: str) -> None:
        if line.strip().startswith(self._fence) and not line.strip().strip(self._fence[0]):
            self._fence = ""
            self._put(line)
            return
        if self._size > _LARGE:
            self._put(self._fence)
            self._end(joined=True)
            self._put(self._fence_line)
        self._put(line)
        self._after_blank = False

    def _ends_before(self, line: str) -> bool:
        if not line.strip() or line[0] in " \t":
            return self._size > _MOST
        if self._after_blank and self._size > _ENOUGH:
            return True
        return self._size > _MOST or (self._size > _LARGE and _BEGINS_BLOCK.match(line) is not None)

    def _put(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line) + 1

    def _end(self, *, joined: bool) -> None:
        if any(line.strip() for line in self._lines):
            self._pieces.append(Piece("\n".join(self._lines), self._joined))
        self._lines, self._size, self._joined = [], 0, joined
