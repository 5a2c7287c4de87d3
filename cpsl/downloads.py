"""Fetch a file, over HTTP too, without a library that every app would have to wait for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

TIMEOUT_SECONDS = 60.0
_PIECE_BYTES = 256 * 1024
_SCHEMES = ("http:", "https:", "data:")


async def download_file(url: str, path: str) -> str:
    """Write what `url` answers to `path`, whole or not at all, and return `path`.

    Raises:
        ValueError: The URL is neither http, https nor data.
        urllib.error.HTTPError: The server refused.
        OSError: The server cannot be reached, or the file cannot be written.
    """
    if not url.lower().startswith(_SCHEMES):
        raise ValueError(f"cannot download {url!r}: only http, https and data URLs are fetched")
    await asyncio.to_thread(download, url, path)
    return path


async def copy_file(source: str, path: str) -> str:
    """Write a copy of a local file to `path`, whole or not at all, and return `path`.

    Raises:
        OSError: The file cannot be read, or the copy not written.
    """
    await asyncio.to_thread(_copy, source, path)
    return path


def download(url: str, path: str) -> None:
    """Write what `url` answers to `path`, whole or not at all; this blocks.

    Raises:
        urllib.error.HTTPError: The server refused.
        OSError: The server cannot be reached, or the file cannot be written.
    """
    # 25 ms that only downloads need.
    from urllib.error import HTTPError  # noqa: PLC0415
    from urllib.request import urlopen  # noqa: PLC0415

    try:
        answer = urlopen(url, timeout=TIMEOUT_SECONDS)
    except HTTPError as error:
        # It is the answer as well: whoever takes the error need not know that.
        error.close()
        raise
    with answer, _whole(path) as file:
        _pour(answer, file)
        _check_length(answer.headers.get("Content-Length"), file.tell(), url)


def _copy(source: str, path: str) -> None:
    with open(source, "rb") as original, _whole(path) as file:
        _pour(original, file)


@contextmanager
def _whole(path: str) -> Iterator[BinaryIO]:
    """Open a file that takes its name at the end, if all went well."""
    import tempfile  # noqa: PLC0415 - few apps write files this way

    folder, name = os.path.split(os.path.abspath(path))
    handle, partial = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(partial, 0o666 & ~_umask())
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _pour(source: IO[bytes], target: BinaryIO) -> None:
    while data := source.read(_PIECE_BYTES):
        target.write(data)


def _check_length(promised: str | None, count: int, url: str) -> None:
    # The HTTP client takes a connection that breaks off for the end.
    if promised is not None and promised.isdigit() and int(promised) != count:
        raise OSError(f"the download of {url!r} ended after {count} of {promised} bytes")


def _umask() -> int:
    # There is no way to read it but to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
