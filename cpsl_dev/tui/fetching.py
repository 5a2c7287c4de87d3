"""Fetching a picture from the network, when the user asks for it and not before.

Where an address leads is the choice of whoever wrote the message, often a model: a picture that
came by itself would tell them that it is being looked at.
"""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.request
from concurrent.futures import Future
from http.client import HTTPException, HTTPResponse
from string import punctuation
from urllib.error import HTTPError
from urllib.parse import quote, urljoin

from cpsl_dev.exceptions import DevError
from cpsl_dev.tui.pictures import MOST_BYTES, is_on_web

_SECONDS = 10.0
_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_PIECE_BYTES = 64 * 1024
_LONGEST = 200
_HEADERS = {"User-Agent": "cpsl-dev", "Accept": "image/*"}


class PictureNotFetched(DevError):
    """No picture came from an address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"No picture from {url[:_LONGEST]}: {reason[:_LONGEST]}. "
            "Fetch it once more, or click on its address to copy it."
        )


async def fetch_picture(
    url: str, *, seconds: float = _SECONDS, most_bytes: int = MOST_BYTES
) -> bytes:
    """Return the picture at an address of the web.

    Raises:
        PictureNotFetched: there is nothing, no picture, too much, or it takes too long.
    """
    coming: Future[bytes] = Future()
    # What has begun is not cancelled: whoever leaves only looks away.
    coming.set_running_or_notify_cancel()
    # Not by `asyncio.to_thread`, for whose threads everyone waits who leaves the screen.
    threading.Thread(
        target=_fetch, args=(coming, url, seconds, most_bytes), name="cpsl-picture", daemon=True
    ).start()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(coming), seconds)
    except (OSError, ValueError, HTTPException) as error:
        raise PictureNotFetched(url, _reason(error, seconds)) from error


def _reason(error: Exception, seconds: float) -> str:
    if isinstance(error, HTTPError):
        return f"the server answers {error.code} {error.reason}".rstrip()
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return f"it does not come within {seconds:g} seconds"
    return str(reason) or type(reason).__name__


def _fetch(coming: Future[bytes], url: str, seconds: float, most_bytes: int) -> None:
    deadline = time.monotonic() + seconds
    try:
        with _open(url, seconds) as answer:
            coming.set_result(_read(answer, deadline, most_bytes))
    except Exception as error:  # noqa: BLE001 - it is raised where the picture is waited for
        coming.set_exception(error)


def _open(url: str, seconds: float) -> HTTPResponse:
    opener = _opener()
    for _ in range(_MOST_REDIRECTS + 1):
        if not is_on_web(url):
            raise ValueError(f"it leads to {url!r}, and only http and https are fetched")
        # What a browser would take, too: blanks, and letters of any language.
        request = urllib.request.Request(quote(url, safe=punctuation), headers=_HEADERS)
        try:
            answer: HTTPResponse = opener.open(request, timeout=seconds)
        except HTTPError as error:
            error.close()
            place = error.headers.get("Location")
            if error.code not in _REDIRECTS or not place:
                raise
            url = urljoin(url, place)
        else:
            return answer
    raise ValueError(f"it leads on more than {_MOST_REDIRECTS} times")


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens addresses of the web only, and follows no redirect by itself.

    The one of the library would go on to ftp, and read what comes with a redirect, however much.
    """
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler())
    opener.add_handler(urllib.request.HTTPHandler())
    opener.add_handler(urllib.request.HTTPSHandler())
    opener.add_handler(urllib.request.HTTPErrorProcessor())
    opener.add_handler(urllib.request.HTTPDefaultErrorHandler())
    return opener


def _read(answer: HTTPResponse, deadline: float, most_bytes: int) -> bytes:
    kind = answer.headers.get_content_type()
    if not kind.startswith("image/"):
        raise ValueError(f"what is there is no picture but {kind}")
    data = bytearray()
    while piece := answer.read1(_PIECE_BYTES):
        data += piece
        if len(data) > most_bytes:
            raise ValueError(f"it is larger than {most_bytes:,} bytes")
        if time.monotonic() > deadline:
            # A server that sends a byte now and then would keep the thread for ever.
            raise TimeoutError
    return bytes(data)
