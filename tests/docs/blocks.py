"""The code blocks of a page, and what their comments say of how each is tested.

A comment stands above its block, as in `<!-- test: chat -->`. CONTRIBUTING.md lists the forms. A
block without a comment is an error, so none is left out by accident.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_COMMENT = re.compile(r"\s*<!-- test: (?P<kind>[a-z]+)(?P<rest>.*?) -->\s*\Z")
_FENCE = re.compile(r"(?P<indent> *)```(?P<language>\S*)\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block, or a comment that stands alone (`language` is None)."""

    page: Path
    line: int
    kind: str
    argument: str
    language: str | None
    text: str

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.page.name}:{self.line}"


def read_blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in order.

    Raises:
        ValueError: a block has no comment, or does not end.
    """
    blocks: list[Block] = []
    lines = page.read_text("utf-8").splitlines()
    comment: tuple[int, str, str] | None = None
    number = 0
    while number < len(lines):
        line = lines[number]
        if found := _COMMENT.match(line):
            if comment is not None:
                blocks.append(_alone(page, comment))
            comment = (number + 1, found["kind"], found["rest"].strip())
        elif fence := _FENCE.match(line):
            if comment is None:
                raise ValueError(f"{page.name}:{number + 1}: the block has no test comment")
            end = _end_of(lines, number, page)
            indent = len(fence["indent"])
            text = "".join(f"{inner[indent:]}\n" for inner in lines[number + 1 : end])
            _, kind, argument = comment
            blocks.append(
                Block(
                    page=page,
                    line=number + 1,
                    kind=kind,
                    argument=argument,
                    language=fence["language"],
                    text=text,
                )
            )
            comment, number = None, end
        elif line.strip() and comment is not None:
            blocks.append(_alone(page, comment))
            comment = None
        number += 1
    return blocks


def _end_of(lines: list[str], start: int, page: Path) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].strip() == "```":
            return number
    raise ValueError(f"{page.name}:{start + 1}: the block does not end")


def _alone(page: Path, comment: tuple[int, str, str]) -> Block:
    line, kind, argument = comment
    return Block(page=page, line=line, kind=kind, argument=argument, language=None, text="")
