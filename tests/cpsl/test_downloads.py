from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

from cpsl.downloads import download_file


class Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", "10" if self.path == "/whole" else "20")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


async def test_file_is_written_whole(server: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    result = await download_file(f"{server}/whole", str(path))

    assert result == str(path)
    assert path.read_bytes() == b"0123456789"
    assert stat.S_IMODE(path.stat().st_mode) & 0o400


async def test_refusal_of_the_server_raises_and_leaves_nothing(server: str, tmp_path: Path) -> None:
    with pytest.raises(HTTPError, match="404"):
        await download_file(f"{server}/missing", str(tmp_path / "file"))

    assert os.listdir(tmp_path) == []


async def test_answer_that_breaks_off_leaves_the_old_file(server: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with pytest.raises(OSError, match="ended after 10 of 20 bytes"):
        await download_file(f"{server}/short", str(path))

    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


async def test_folder_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await download_file("data:,x", str(tmp_path / "missing" / "file"))

    assert os.listdir(tmp_path) == []


async def test_server_that_does_not_answer_raises(tmp_path: Path) -> None:
    with pytest.raises(URLError):
        await download_file("http://127.0.0.1:1/", str(tmp_path / "file"))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "/etc/passwd", ""])
async def test_only_web_addresses_are_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only http, https and data URLs are fetched"):
        await download_file(url, str(tmp_path / "file"))
