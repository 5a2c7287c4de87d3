"""A text that may grow without end, of which only the start and the end are kept."""

from __future__ import annotations

_KEPT = 256_000
_STEP = 8_192


class LongText:
    """Text that grows at its end; past a limit its middle is given up."""

    def __init__(self, text: str = "") -> None:
        self._head = ""
        self._text = ""
        self._omitted = 0
        self.append(text)

    def __len__(self) -> int:
        return len(self._head) + self._omitted + len(self._text)

    def append(self, text: str) -> None:
        """Add to the end."""
        self._text += text
        if len(self._text) <= _KEPT:
            return
        if not self._head:
            self._head, self._text = self._text[: _KEPT // 4], self._text[_KEPT // 4 :]
        # In steps: the end that is kept must not begin elsewhere with every append.
        surplus = (len(self._text) - _KEPT // 2) // _STEP * _STEP
        self._text = self._text[surplus:]
        self._omitted += surplus

    def parts(self, limit: int) -> tuple[str, int, str]:
        """Return the start, the number of characters left out, and the end, for a view.

        The end begins at a line, and moves on in steps, so that what was laid out stays valid
        while the text grows.
        """
        if not self._head and len(self._text) <= limit:
            return (self._text, 0, "")
        head = (self._head or self._text)[: limit // 2]
        start = max(0, len(self._text) - limit // 2)
        if not self._head:
            start = max(len(head), start)
        offset = len(self._head) + self._omitted
        start = min(len(self._text), -(-(start + offset) // _STEP) * _STEP - offset)
        newline = self._text.find("\n", start, start + 2_000)
        tail = self._text[newline + 1 if newline >= 0 else start :]
        return (head, len(self) - len(head) - len(tail), tail)
