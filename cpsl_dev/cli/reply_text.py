"""Prints the replies of a turn as they come."""

from __future__ import annotations

from collections.abc import Callable

from cpsl.records import JsonObject


class ReplyText:
    """Turns the events of a turn into the text of its replies, each ending its line.

    Replies that are streamed at the same time are told apart: the first one to begin is written
    as it comes, the others once it has ended.

    Args:
        write: Takes the next piece of text.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._streams: dict[int, list[str]] = {}
        self._shown: int | None = None
        self._whole: list[str] = []

    def take(self, event: JsonObject) -> None:
        """Write what an event adds to the replies."""
        match event["kind"]:
            case "reply.sent":
                self._add_whole(str(event["text"]))
            case "reply.started":
                self._streams[event["reply"]] = []
                if self._shown is None:
                    self._shown = event["reply"]
            case "reply.chunk":
                self._add_chunk(event["reply"], str(event["text"]))
            case "reply.finished":
                self._end(event["reply"])

    def close(self) -> None:
        """Write what was begun and will not be finished."""
        for reply in list(self._streams):
            self._end(reply)
        self._flush_whole()

    def _add_whole(self, text: str) -> None:
        self._whole.append(text)
        if self._shown is None:
            self._flush_whole()

    def _add_chunk(self, reply: int, text: str) -> None:
        if reply == self._shown:
            self._write(text)
        self._streams.setdefault(reply, []).append(text)

    def _end(self, reply: int) -> None:
        text = "".join(self._streams.pop(reply, []))
        if reply != self._shown:
            self._add_whole(text)
            return
        self._write("\n" if not text.endswith("\n") else "")
        self._shown = None
        self._flush_whole()
        self._show_next()

    def _show_next(self) -> None:
        if self._streams:
            self._shown = next(iter(self._streams))
            self._write("".join(self._streams[self._shown]))

    def _flush_whole(self) -> None:
        for text in self._whole:
            self._write(text if text.endswith("\n") else f"{text}\n")
        self._whole.clear()
