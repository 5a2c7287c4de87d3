"""Fetching a picture from the network, when the user asks for it and not before.

Where an address leads is the choice of whoever wrote the message, often a model: a picture that
came by itself would tell them that it is being looked at.
"""

from __future__ import annotations

import urllib.error
import urllib.request

MOST_BYTES = 32_000_000
_SECONDS = 10.0
_WEB = ("http://", "https://")


class PictureNotFetched(Exception):
    """No picture came. The message says why, in words for the user."""


def is_fetchable(url: str) -> bool:
    """Tell whether an address is one on the web."""
    return url.lower().startswith(_WEB)


def fetch_picture(url: str) -> bytes:
    """Return what is at an address of the web; this blocks, for 10 seconds at each step at most.

    Raises:
        PictureNotFetched: there is nothing, no picture, or more than 32 MB.
    """
    if not is_fetchable(url):
        raise PictureNotFetched("Only addresses that begin with http:// or https:// are fetched.")
    request = urllib.request.Request(url, headers={"User-Agent": "cpsl-dev", "Accept": "image/*"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            kind = answer.headers.get_content_type()
            if not kind.startswith("image/"):
                raise PictureNotFetched(f"No picture is there, but {kind}.")
            data: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise PictureNotFetched(f"The server answered {error.code} {error.reason}.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise PictureNotFetched(f"It cannot be fetched: {reason}") from error
    if len(data) > MOST_BYTES:
        raise PictureNotFetched(f"It is larger than {MOST_BYTES:,} bytes.")
    return data
