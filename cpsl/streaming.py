"""`ReplyStream`: a reply that is written piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from cpsl.messages import Message


class ReplyStream:
    """A reply that grows while it is written; an async context manager.

    `write` takes deltas and cumulative snapshots. The second write decides: one that is longer
    than what is written so far and starts with it makes the stream one of snapshots, of which
    only the new tail counts; anything else makes it one of deltas, which count whole.
    """

    _holds_repeats: ClassVar[bool] = False

    def __init__(
        self,
        write_cb: Callable[[str], None],
        history: list[Message],
        channel_type: str,
        done_cb: Callable[[], None] | None = None,
    ) -> None:
        self._write_cb = write_cb
        self._history = history
        self._channel_type = channel_type
        self._done_cb = done_cb
        self._parts: list[str] = []
        self._rule = _ChunkRule(holds_repeats=self._holds_repeats)
        self._is_open = True

    async def __aenter__(self) -> ReplyStream:
        return self

    async def __aexit__(self, *exc: Any) -> None:
        if not self._is_open:
            return
        self._is_open = False
        if text := self.text:
            self._history.append(Message(text, "app", self._channel_type))
        if self._done_cb is not None:
            self._done_cb()

    @property
    def text(self) -> str:
        """All that was written so far."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def write(self, text: str) -> None:
        """Add text, and show it at once. Empty text and None are ignored.

        Raises:
            AttributeError: `text` is not text.
        """
        if not text:
            return
        if not isinstance(text, str):
            raise AttributeError(
                f"a reply stream is written text, not {type(text).__name__}; "
                f"pass the text inside it, such as chunk.choices[0].delta.content"
            )
        if new := self._rule.new_text(text):
            self._parts.append(new)
            self._write_cb(new)


class IteratedReplyStream(ReplyStream):
    """The stream of `Session.stream_reply_from`: a repeat of the first item decides nothing.

    Models that send snapshots often send the first one twice. A repeat is held until a later item
    decides: it counts if the stream is one of deltas.
    """

    _holds_repeats = True


class _ChunkRule:
    """Finds what is new in each write, without ever comparing deltas with the whole text."""

    def __init__(self, *, holds_repeats: bool) -> None:
        self._holds_repeats = holds_repeats
        self._held = 0
        self._so_far = ""
        self._new_text = self._first

    def new_text(self, text: str) -> str:
        return self._new_text(text)

    def _first(self, text: str) -> str:
        self._so_far = text
        self._new_text = self._second
        return text

    def _second(self, text: str) -> str:
        if len(text) > len(self._so_far) and text.startswith(self._so_far):
            self._new_text = self._snapshot
            return self._snapshot(text)
        if self._holds_repeats and text == self._so_far:
            self._held += 1
            return ""
        repeats = self._so_far * self._held
        return repeats + self._turn_to_deltas(text)

    def _snapshot(self, text: str) -> str:
        if not text.startswith(self._so_far):
            return self._turn_to_deltas(text)
        tail = text[len(self._so_far) :]
        self._so_far = text
        return tail

    def _turn_to_deltas(self, text: str) -> str:
        self._so_far = ""
        self._new_text = self._delta
        return text

    def _delta(self, text: str) -> str:
        return text
