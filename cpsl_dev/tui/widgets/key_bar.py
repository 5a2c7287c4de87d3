"""Keys and what they do, in a line: for who looks for a key, and for the mouse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from textual.message import Message

from cpsl_dev.tui.spans import Line, Span, width_of
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

    @property
    def hints(self) -> tuple[KeyHint, ...]:
        """What is shown, as far as there is room."""
        return self._hints

    def lines(self, width: int) -> list[Line]:
        """Return the line; what does not fit even in its shortest form is cut at the end."""
        forms = (self.roomy(self._hints), self.close(self._hints))
        return [next((line for line in forms if width_of(line) <= width), _brief(self._hints))]

    def roomy(self, hints: Iterable[KeyHint]) -> Line:
        """Return keys and words with blanks between them."""
        return self.close(hints, gap=" ")

    def close(self, hints: Iterable[KeyHint], gap: str = "") -> Line:
        """Return keys and words close to each other, or with a gap."""
        spans: list[Span] = []
        for hint in hints:
            target = f"@{hint.action}"
            spans += [(f" {hint.key}", ("accent", target)), (f" {hint.word}{gap}", (target,))]
        return tuple(spans)

    def press(self, target: str) -> None:
        """Do what a key does, as if the user had pressed it."""
        self.post_message(self.Pressed(self, target))


def _brief(hints: Iterable[KeyHint]) -> Line:
    """Let the key stand out in its word where that has it."""
    spans: list[Span] = []
    for hint in hints:
        target = f"@{hint.action}"
        before, key, after = hint.word.partition(hint.key)
        if not key:
            before, key, after = "", hint.key, f" {hint.word}"
        spans += [
            (f" {before}", (target,)),
            (key, ("accent", "strong", target)),
            (after, (target,)),
        ]
    return tuple(spans)
