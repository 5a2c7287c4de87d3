"""Fetch a file over HTTP, without a library that every app would have to wait for."""

from __future__ import annotations

import asyncio
import os

TIMEOUT_SECONDS = 60.0
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
    await asyncio.to_thread(_download, url, path)
    return path


def _download(url: str, path: str) -> None:
    # 25 ms that only downloads need.
    import shutil  # noqa: PLC0415
    import tempfile  # noqa: PLC0415
    from urllib.request import urlopen  # noqa: PLC0415

    folder, name = os.path.split(os.path.abspath(path))
    with urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
        handle, partial = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(answer, file)
                _check_length(answer.headers.get("Content-Length"), file.tell(), url)
            os.chmod(partial, 0o666 & ~_umask())
            os.replace(partial, path)
        except BaseException:
            os.unlink(partial)
            raise


def _check_length(promised: str | None, count: int, url: str) -> None:
    # The HTTP client takes a connection that breaks off for the end.
    if promised is not None and promised.isdigit() and int(promised) != count:
        raise OSError(f"the download of {url!r} ended after {count} of {promised} bytes")


def _umask() -> int:
    # There is no way to read it but to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
