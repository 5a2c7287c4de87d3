"""The debug endpoint of a program as the rows call it, over connections that are kept."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from tests.servers import is_alive

# Generous: a busy machine must not fail a test that would pass on a quiet one.
DEADLINE_SECONDS = 20.0
# A connection that was idle for longer may have been closed at the other end.
_IDLE_SECONDS = 10.0

Json = dict[str, Any]


def wait_until(
    holds: Callable[[], Any], *, what: str, timeout_seconds: float = DEADLINE_SECONDS
) -> Any:
    """Return what `holds()` returns once that is true."""
    deadline = time.monotonic() + timeout_seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_seconds:g} s: {what}")
        time.sleep(0.005)
    return found


class Endpoint:
    """The endpoint of the program that has written `dev.json` into a folder.

    Args:
        data_dir: The folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._local = threading.local()
        self._where: tuple[str, int, str] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the program can answer at all."""
        return True

    @property
    def errors(self) -> str:
        """What the program wrote to its standard error."""
        return ""

    def forget(self) -> None:
        """Find out anew where it is: the program is another one."""
        self._where = None

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = DEADLINE_SECONDS,
    ) -> tuple[int, Json]:
        """Make a call; return its status and its answer. Each thread has its own connection."""
        if method != "GET" and time.monotonic() - getattr(self._local, "used", 0.0) > _IDLE_SECONDS:
            self.disconnect()
        self._local.used = time.monotonic()
        for is_last in (False, True):
            connection = self._connection(timeout_seconds)
            try:
                return _call(connection, method, path, body, self._headers(headers or {}))
            except (ConnectionError, http.client.HTTPException, TimeoutError):
                self.disconnect()
                # A connection that was idle may have been closed at the other end; only what is
                # safe to repeat is repeated.
                if is_last or method != "GET":
                    raise
        raise AssertionError("unreachable")

    def disconnect(self) -> None:
        """Close this thread's connection."""
        if (connection := getattr(self._local, "connection", None)) is not None:
            connection.close()
            self._local.connection = None

    def _connection(self, timeout_seconds: float) -> http.client.HTTPConnection:
        known: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        where = self._address()
        if known is None or (known.host, known.port) != where[:2]:
            if known is not None:
                known.close()
            known = self._local.connection = http.client.HTTPConnection(*where[:2])
        known.timeout = timeout_seconds
        if known.sock is not None:
            known.sock.settimeout(timeout_seconds)
        return known

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._address()[2]}", **headers}

    def _address(self) -> tuple[str, int, str]:
        if self._where is None:
            path = self._data_dir / "dev.json"
            found = wait_until(self._read_or_fail, what=f"{path} is written")
            host, _, port = found["url"].removeprefix("http://").partition(":")
            self._where = (host, int(port), found["token"])
        return self._where

    def _read_or_fail(self) -> Json | None:
        if not self.is_running:
            raise AssertionError(f"it ended by itself:\n{self.errors[-3_000:]}")
        return _read_running(self._data_dir / "dev.json")


def _call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any,
    headers: dict[str, str],
) -> tuple[int, Json]:
    if body is not None:
        headers = {"Content-Type": "application/json", **headers}
    connection.request(method, path, None if body is None else orjson.dumps(body), headers)
    response = connection.getresponse()
    data = response.read()
    return (response.status, orjson.loads(data) if data else {})


def _read_running(path: Path) -> Json | None:
    try:
        found: Json = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found if is_alive(found["pid"]) else None
