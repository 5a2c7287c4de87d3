"""The events of the debug endpoint as they are streamed, read by a thread on one connection."""

from __future__ import annotations

import http.client
import threading
from types import TracebackType
from typing import Any, Self

import orjson

from tests.reload.endpoint import DEADLINE_SECONDS
from tests.reload.harness import Program


class EventStream:
    """A client of `GET /events` that is connected from beginning to end of the `with` block."""

    def __init__(self, program: Program) -> None:
        found = orjson.loads(program.project.path(".cpsl/dev.json").read_bytes())
        self.events: list[dict[str, Any]] = []
        self.ids: list[int] = []
        self.is_closed = False
        self._connection = http.client.HTTPConnection(
            found["url"].removeprefix("http://"), timeout=DEADLINE_SECONDS
        )
        self._headers = {
            "Authorization": f"Bearer {found['token']}",
            "Accept": "text/event-stream",
        }
        self._grown = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._leaving = False

    def __enter__(self) -> Self:
        self._connection.request("GET", "/events", headers=self._headers)
        self._response = self._connection.getresponse()
        assert self._response.status == 200
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving = True
        if self._connection.sock is not None:
            self._connection.sock.close()
        self._connection.close()

    def wait_id(self, seq: int) -> None:
        """Wait until an event of this number, or a later one, has come."""
        with self._grown:
            done = self._grown.wait_for(
                lambda: self.is_closed or (self.ids and self.ids[-1] >= seq), DEADLINE_SECONDS
            )
        assert done, f"event {seq} did not come; the last one was {self.ids[-1:]}"

    def _read(self) -> None:
        try:
            for line in self._response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                with self._grown:
                    if name == "id":
                        self.ids.append(int(value))
                    elif name == "data":
                        self.events.append(orjson.loads(value))
                    self._grown.notify_all()
        except (OSError, ValueError, AttributeError):
            # Closed at this end while it was read.
            if not self._leaving:
                raise
        finally:
            with self._grown:
                self.is_closed = True
                self._grown.notify_all()
