"""What differs between two texts or two values, as coloured lines."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from cpsl.records import JsonPatch
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.spans import Line, cut, width_of, wrap
from cpsl_dev.tui.summaries import patch_line, pretty_json

# Beyond these, comparing line by line takes longer than anyone waits.
_MOST_LINES = 2_000
_MOST_STEPS = 200
_CONTEXT = 2
_SIDE_BY_SIDE = 70
_OLD, _NEW, _SAME = ("code-deleted",), ("code-inserted",), ()
_CUT: Line = (("…", ("dim",)),)

# A kind of `difflib`, and the lines on both sides.
_Piece = tuple[str, Sequence[str], Sequence[str]]


def changed_lines(before: str, after: str, width: int) -> list[Line]:
    """Return what differs, each line with its sign, and a little of what is around it."""
    lines: list[Line] = []
    for hunk in _hunks(before.splitlines(), after.splitlines()):
        if lines:
            lines.append(_CUT)
        for kind, old, new in hunk:
            if kind == "equal":
                lines += _signed("  ", old, _SAME, width)
                continue
            lines += _signed("- ", old, _OLD, width)
            lines += _signed("+ ", new, _NEW, width)
    return lines


def two_columns(before: str, after: str, width: int) -> list[Line]:
    """Return what differs side by side; below each other where there is no room for that."""
    if width < _SIDE_BY_SIDE:
        return changed_lines(before, after, width)
    half = (width - 3) // 2
    lines: list[Line] = []
    for hunk in _hunks(before.splitlines(), after.splitlines()):
        if lines:
            lines.append(_CUT)
        for kind, old, new in hunk:
            is_same = kind == "equal"
            left = _column(old, _SAME if is_same else _OLD, half)
            right = _column(new, _SAME if is_same else _NEW, half)
            for one, other in zip_longest(left, right, fillvalue=()):
                lines.append((*_filled(one, half), (" │ ", ("dim",)), *other))
    return lines


def json_texts(before: Any, after: Any, patch: JsonPatch) -> tuple[str, str]:
    """Return two values as texts to compare; of long ones only what a patch says of them."""
    old, new = pretty_json(before), pretty_json(after)
    if max(old.count("\n"), new.count("\n")) < _MOST_LINES:
        return (old, new)
    steps = [patch_line([step]) for step in patch[:_MOST_STEPS]]
    if len(patch) > _MOST_STEPS:
        steps.append(f"… {len(patch) - _MOST_STEPS:,} more changes")
    return ("", "\n".join(steps))


def _hunks(before: list[str], after: list[str]) -> Iterator[list[_Piece]]:
    old, new = before[:_MOST_LINES], after[:_MOST_LINES]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=True)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        yield [(kind, old[i1:i2], new[j1:j2]) for kind, i1, i2, j1, j2 in group]


def _signed(sign: str, texts: Sequence[str], styles: tuple[str, ...], width: int) -> Iterator[Line]:
    for text in texts:
        yield from wrap([(safe_text(text), styles)], width, first=((sign, styles),))


def _column(texts: Sequence[str], styles: tuple[str, ...], width: int) -> list[Line]:
    return [line for text in texts for line in wrap([(safe_text(text), styles)], width)]


def _filled(line: Line, width: int) -> Line:
    line = cut(line, width)
    return (*line, (" " * (width - width_of(line)), ()))
