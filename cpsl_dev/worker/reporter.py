"""What the worker tells: events in the order they happened, output among them.

A line that is printed is told at once, so that what was printed just before a crash is not lost.
Where many are printed, they are gathered for a few milliseconds, so that a loop that prints costs
few lines on the channel. Anything else that is told first pushes out what was printed before it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cpsl.events import RuntimeEvent
from cpsl.records import JsonObject
from cpsl_dev.protocol import WorkerEnd, encode_event, encode_fact

_GATHER_SECONDS = 0.004
_GATHER_CHARACTERS = 8_192
# So many lines in this time are told at once, each by itself.
_PROMPT_LINES, _PROMPT_SECONDS = 50, 0.05

# The stream, and the session and turn in which it was written.
Origin = tuple[str, str | None, int | None]


class Reporter:
    """The only writer of the worker's channel. Safe to call from any thread."""

    def __init__(self, end: WorkerEnd) -> None:
        self._end = end
        self._lock = threading.RLock()
        self._origin: Origin | None = None
        self._text: list[str] = []
        self._size = 0
        self._prompt_lines = 0
        self._prompt_until = 0.0
        self._waiting = threading.Event()
        self._flusher: threading.Thread | None = None

    def emit(self, event: RuntimeEvent) -> None:
        """Tell an event of the runtime."""
        self._send(lambda: encode_event(event))

    def tell(self, kind: str, **fields: object) -> None:
        """Tell one of the worker's own facts."""
        values: JsonObject = {"kind": kind, **fields}
        self._send(lambda: encode_fact(values))

    def write(self, origin: Origin, text: str) -> None:
        """Tell what the app has printed."""
        with self._lock:
            if origin != self._origin:
                self.flush()
                self._origin = origin
            self._text.append(text)
            self._size += len(text)
            if self._size >= _GATHER_CHARACTERS or (text.endswith("\n") and self._is_prompt()):
                self.flush()
                return
            if self._flusher is None:
                self._flusher = threading.Thread(
                    target=self._flush_soon, name="cpsl-output", daemon=True
                )
                self._flusher.start()
            self._waiting.set()

    def flush(self) -> None:
        """Send the output that was gathered."""
        with self._lock:
            if not self._text or self._origin is None:
                return
            stream, session_id, turn = self._origin
            fact: JsonObject = {
                "kind": "output.written",
                "stream": stream,
                "text": "".join(self._text),
                "session_id": session_id,
                "turn": turn,
            }
            self._text.clear()
            self._size = 0
            self._end.send(encode_fact(fact))

    def _is_prompt(self) -> bool:
        """Tell whether one more line can be told by itself."""
        now = time.monotonic()
        if now > self._prompt_until:
            self._prompt_until = now + _PROMPT_SECONDS
            self._prompt_lines = 0
        self._prompt_lines += 1
        return self._prompt_lines <= _PROMPT_LINES

    def _send(self, encode: Callable[[], bytes]) -> None:
        # Encoding inside the lock: what is told first is sent first.
        with self._lock:
            self.flush()
            self._end.send(encode())

    def _flush_soon(self) -> None:
        while True:
            self._waiting.wait()
            self._waiting.clear()
            time.sleep(_GATHER_SECONDS)
            self.flush()
