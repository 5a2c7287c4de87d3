"""Keys and what they do, in a line: for who looks for a key, and for the mouse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from textual.message import Message

from cpsl_dev.tui.spans import Line, Span
from cpsl_dev.tui.widgets.span_widget import SpanBar


class KeyHint(NamedTuple):
    """A key as people write it, a word for what it does, and the action itself."""

    key: str
    word: str
    action: str


class KeyBar(SpanBar):
    """Shows keys; a click on one is as good as the key. Without any it takes no room."""

    @dataclass
    class Pressed(Message):
        """The user clicked a key."""

        bar: KeyBar
        action: str

        @property
        def control(self) -> KeyBar:
            """The bar it happened in."""
            return self.bar

    def __init__(self, hints: Iterable[KeyHint] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._hints = tuple(hints)
        self.display = bool(self._hints)

    def show(self, hints: Iterable[KeyHint]) -> None:
        """Show other keys."""
        self._hints = tuple(hints)
        self.display = bool(self._hints)
        self.refresh()

    def lines(self, width: int) -> list[Line]:
        """Return the line; what does not fit is cut at the end."""
        gap = " " * self._gap(width)
        spans: list[Span] = []
        for hint in self._hints:
            target = f"@{hint.action}"
            spans += [(f" {hint.key}", ("accent", target)), (f" {hint.word}{gap}", (target,))]
        return [tuple(spans)]

    def press(self, target: str) -> None:
        """Do what a key does, as if the user had pressed it."""
        self.post_message(self.Pressed(self, target))

    def _gap(self, width: int) -> int:
        """Return how many blanks part two keys: none where room is short."""
        sizes = (cell_len(f" {hint.key} {hint.word} ") for hint in self._hints)
        return int(sum(sizes) <= width)
