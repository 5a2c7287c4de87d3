"""Whether a boot failed because another process holds what it needs."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

_NUMBERS = {errno.EADDRINUSE, errno.EAGAIN, errno.EBUSY, errno.ETXTBSY, errno.EDEADLK}
# What databases and lock files say, which have no number for it.
_WORDS = re.compile(
    r"address already in use|database is locked|could not set lock|already locked"
    r"|resource temporarily unavailable|lock is held|held by another|acquire.{0,30}\block\b",
    re.IGNORECASE,
)


def is_contended(error: BaseException) -> bool:
    """Tell whether an exception, or what it came from, says that something is in use."""
    return any(_says_so(related) for related in _related(error))


def _says_so(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return True
    try:
        return isinstance(error, Exception) and _WORDS.search(str(error)) is not None
    except Exception:  # noqa: BLE001 - the app's own __str__
        return False


def _related(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(
            origin for origin in (current.__cause__, current.__context__) if origin is not None
        )
