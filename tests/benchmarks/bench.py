"""What the benchmarks share: the program under test, a client for it, and tables."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

START_SECONDS = 30.0
IDLE_SECONDS = 30.0


class Client:
    """One kept connection to the debug endpoint."""

    def __init__(self, folder: Path) -> None:
        found = orjson.loads((folder / ".cpsl" / "dev.json").read_bytes())
        self.pid: int = found["pid"]
        self._host, self._port = found["url"].removeprefix("http://").split(":")
        self._headers = {
            "Authorization": f"Bearer {found['token']}",
            "Content-Type": "application/json",
        }
        self._socket = self._connect()
        self._used_at = time.monotonic()

    def get(self, path: str) -> Any:
        """Return what a GET answers."""
        return self._request("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        """Return what a POST answers."""
        return self._request("POST", path, orjson.dumps(body))

    def ask(self, text: str, session_id: str = "bench", *, fresh: bool = False) -> str:
        """Send a message and return the reply; a fresh one is answered by what was saved last."""
        turn = self.post(f"/sessions/{session_id}/messages", {"text": text, "fresh": fresh})
        return "".join(reply["text"] for reply in turn["replies"])

    def follow(self, kind: str) -> Iterator[Any]:
        """Yield events of a kind as they happen, over a connection of their own."""
        connection = http.client.HTTPConnection(self._host, int(self._port), timeout=60)
        headers = {**self._headers, "Accept": "text/event-stream"}
        del headers["Content-Type"]
        connection.request("GET", f"/events?kind={kind}", headers=headers)
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"/events answered {response.status}: {response.read()!r}")
        yield None  # from here on nothing is missed
        for line in response:
            if line.startswith(b"data: "):
                yield orjson.loads(line[6:])

    def _connect(self) -> socket.socket:
        return socket.create_connection((self._host, int(self._port)), timeout=60)

    def _request(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {**self._headers, "Host": f"{self._host}:{self._port}"}
        if body is None:
            del headers["Content-Type"]
        else:
            headers["Content-Length"] = str(len(body))
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self._socket.close()  # the server may have closed it by now
            self._socket = self._connect()
        self._used_at = time.monotonic()
        lines = [f"{method} {path} HTTP/1.1", *(f"{key}: {text}" for key, text in headers.items())]
        # In one packet, as most clients send it; `http.client` would make two of it.
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))
        response = http.client.HTTPResponse(self._socket, method=method)
        response.begin()
        data = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path} answered {response.status}: {data!r}")
        return orjson.loads(data) if data else None


@contextmanager
def dev_server(folder: Path, *options: str) -> Iterator[Client]:
    """Run `cpsl dev --headless` on the app in `folder`."""
    with program(
        [sys.executable, "-m", "cpsl_dev", "dev", "app.py", "--headless", "--port", "0", *options],
        folder,
    ):
        yield wait_ready(folder)


@contextmanager
def program(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in `folder`, and end it with all that it has started."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_ready(folder: Path) -> Client:
    """Return a client once the app serves."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            client = Client(folder)
            if client.get("/status")["state"] == "ready":
                return client
        except (OSError, orjson.JSONDecodeError, KeyError):
            pass
        time.sleep(0.002)
    raise RuntimeError(f"The app in {folder} was not ready within {START_SECONDS:g} s.")


def save(path: Path, text: str) -> float:
    """Save a file as editors do, by a rename; return the moment of the rename."""
    part = path.with_name(f".{path.name}.tmp")
    part.write_text(text, "utf-8")
    moment = time.perf_counter()
    part.replace(path)
    return moment


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table whose first column is text and the rest numbers."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
    print(f"\n{title}")  # noqa: T201 - this is what a benchmark is for
    for row in [list(head), ["-" * width for width in widths], *cells]:
        first, *rest = (
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *rest]))  # noqa: T201


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
