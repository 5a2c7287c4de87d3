"""Text with named styles, broken into lines of a given width.

A span is a piece of text and the names of its styles; which colours the names mean is decided
where it is drawn. So what was laid out once can be drawn in any theme. Two kinds of names are no
styles of the theme: `#rrggbb` and `#on:rrggbb` are the colours of a picture, and a name that
begins with `@` is a target: what a click there is meant for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len

from cpsl_dev.safe_text import safe_text

Span = tuple[str, tuple[str, ...]]
Line = tuple[Span, ...]

# A line holds at most so many characters for each cell: combining marks take no cell at all.
_CHARACTERS_A_CELL = 8
_WORDS = re.compile(r"\n|[^\S\n]+|[^\s]+")


def plain(line: Line) -> str:
    """Return the text of a line."""
    return "".join(text for text, _ in line)


def width_of(line: Iterable[Span]) -> int:
    """Return how many cells the spans take."""
    return sum(cell_len(text) for text, _ in line)


def wrap(
    spans: Iterable[Span], width: int, *, first: Line = (), rest: Line | None = None
) -> list[Line]:
    """Break spans into lines of at most `width` cells, between words where that is possible.

    Args:
        spans: The text; a newline in it ends a line.
        width: Cells a line may take, the prefixes included.
        first: Put before the first line, such as a bullet.
        rest: Put before the other lines; blanks as wide as `first` by default.
    """
    rest = ((" " * width_of(first), ()),) if rest is None and first else rest or ()
    wrapper = _Wrapper(max(1, width - width_of(first)))
    for text, styles in spans:
        for word in _WORDS.findall(text):
            wrapper.add(word, styles)
    lines = wrapper.finish()
    return [(*(first if index == 0 else rest), *line) for index, line in enumerate(lines)]


def wrap_plain(text: str, width: int, styles: tuple[str, ...] = ()) -> list[Line]:
    """Break plain text into lines, keeping its own line breaks and indentation."""
    return wrap([(text, styles)], width)


def target_at(line: Line, x: int) -> str:
    """Return the target at a cell of the line, without its `@`; empty where there is none."""
    for text, styles in line:
        x -= cell_len(text)
        if x < 0:
            return next((name[1:] for name in styles if name.startswith("@")), "")
    return ""


def cut(line: Line, width: int) -> Line:
    """Return the line, shortened with an ellipsis where it is wider than `width`."""
    if width_of(line) <= width:
        return line
    room = max(0, width - 1)
    kept: list[Span] = []
    for text, styles in line:
        size = cell_len(text)
        if size <= room:
            kept.append((text, styles))
            room -= size
            continue
        kept.append((_fit(text, room) + "…", styles))
        break
    return tuple(kept)


def two_sided(left: Line, right: Line, width: int) -> Line:
    """Put `right` at the end of a line of `width`; what does not fit on the left is cut."""
    right = cut(right, width)
    space = width - width_of(right)
    left = cut(left, max(0, space - 1))
    gap = " " * (space - width_of(left))
    return (*left, (gap, ()), *right)


def one_line(text: str) -> str:
    """Return text from elsewhere as it can stand in a single line."""
    return safe_text(text, newlines=False).replace("\t", " ")


def _fit(text: str, room: int) -> str:
    """Return the start of the text that fits into `room` cells."""
    if text.isascii():
        return text[: max(0, room)]
    used = 0
    for index, character in enumerate(text[: room * _CHARACTERS_A_CELL]):
        used += _cells(character)
        if used > room:
            return text[:index]
    return text[: max(0, room) * _CHARACTERS_A_CELL]


@lru_cache(2048)
def _cells(word: str) -> int:
    return cell_len(word)


class _Wrapper:
    """Collects words into lines."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._most = width * _CHARACTERS_A_CELL
        self._lines: list[Line] = []
        self._line: list[Span] = []
        self._used = 0
        self._characters = 0
        # Blanks wait until a word follows: at the end of a wrapped line they vanish.
        self._blanks: Sequence[Span] = ()

    def add(self, word: str, styles: tuple[str, ...]) -> None:
        if word == "\n":
            self._break()
        elif word.isspace():
            self._blanks = (*self._blanks, (word.expandtabs(4), styles))
        else:
            self._add_word(word, styles)

    def finish(self) -> list[Line]:
        self._break()
        return self._lines

    def _add_word(self, word: str, styles: tuple[str, ...]) -> None:
        size = _cells(word)
        blanks = sum(len(text) for text, _ in self._blanks)
        fits = self._used + blanks + size <= self._width
        if not fits and self._line:
            self._break()
        elif blanks < self._width:
            for text, blank_styles in self._blanks:
                self._put(text, len(text), blank_styles)
        self._blanks = ()
        if size > self._width - self._used or len(word) + self._characters > self._most:
            self._add_long(word, styles)
        else:
            self._put(word, size, styles)

    def _add_long(self, word: str, styles: tuple[str, ...]) -> None:
        while word:
            piece = _fit(word, self._width - self._used)
            if not piece and self._line:
                self._break()
                continue
            # A single character may be wider than the whole line.
            piece = piece or word[0]
            self._put(piece, cell_len(piece), styles)
            word = word[len(piece) :]
            if word:
                self._break()

    def _put(self, text: str, size: int, styles: tuple[str, ...]) -> None:
        self._used += size
        self._characters += len(text)
        if self._line and self._line[-1][1] == styles:
            self._line[-1] = (self._line[-1][0] + text, styles)
        else:
            self._line.append((text, styles))

    def _break(self) -> None:
        self._lines.append(tuple(self._line))
        self._line = []
        self._blanks = ()
        self._used = self._characters = 0
