"""Pictures for tests, and a web server that has them.

with web() as site:
    await fetch_picture(f"{site.url}/red.png")
    assert site.asked == ["/red.png"]
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from tests.servers import DEADLINE_SECONDS

_SPACE = 64 * 1024


def png(width: int, height: int, claimed: tuple[int, int] | None = None) -> bytes:
    """Return a red picture as PNG; it may claim to be larger than it is."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = b"".join(b"\0" + b"\xff\x00\x00" * width for _ in range(height))
    size = struct.pack(">II", *(claimed or (width, height)))
    parts = (
        chunk(b"IHDR", size + b"\x08\x02\0\0\0"),
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class Site(ThreadingHTTPServer):
    """A web server; it keeps the paths that it was asked for.

    `/red.png` is a picture; `/late.png` too, once `go` is set, and `/silent` is nothing then;
    `/broken.png` only claims to be one. `/page` is text, `/zeros` never ends, `/drip` sends a byte
    now and then. `/to/ADDRESS` leads to an address, `/round` to itself. Nothing else is there.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[str] = []
        self.go = threading.Event()


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        """Answer as `Site` says."""
        self.server.asked.append(self.path)
        name = self.path.rpartition("/")[2]
        # Whoever asked may have turned away.
        with suppress(ConnectionError):
            if self.path.startswith("/to/"):
                self._send(302, Location=unquote(self.path.removeprefix("/to/")))
            elif name == "round":
                self._send(302, Location="/round")
            elif name == "page":
                self._send(200, b"<p>hello", Content_Type="text/html")
            elif name in ("red.png", "late.png", "silent"):
                if name != "red.png":
                    self.server.go.wait(DEADLINE_SECONDS)
                if name != "silent":
                    self._send(200, png(4, 4), Content_Type="image/png")
            elif name == "broken.png":
                self._send(200, b"no picture", Content_Type="image/png")
            elif name in ("zeros", "drip"):
                self._send_for_ever(slowly=name == "drip")
            else:
                self._send(404)

    def _send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _send_for_ever(self, *, slowly: bool) -> None:
        self._send(200, Content_Type="image/png")
        while not self.server.go.wait(0.02 if slowly else 0):
            self.wfile.write(bytes(1 if slowly else _SPACE))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def web() -> Iterator[Site]:
    """Run a web server."""
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.go.set()
            site.shutdown()
            thread.join()
