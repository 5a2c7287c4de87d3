"""Importing the endpoint: half of the time that the dev server takes to start."""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpsl_dev.debug.endpoint import DebugEndpoint


async def import_endpoint() -> type[DebugEndpoint]:
    """Import it in a thread, so that the loop goes on meanwhile."""
    return await asyncio.to_thread(_import)


def _import() -> type[DebugEndpoint]:
    with _without_certificates():
        module = importlib.import_module("cpsl_dev.debug.endpoint")
    endpoint: type[DebugEndpoint] = module.DebugEndpoint
    return endpoint


@contextmanager
def _without_certificates() -> Iterator[None]:
    """Spare aiohttp's client, which nobody uses here, all certificates of the machine.

    It reads them when it is imported, as aiohttp.connector says: 40 ms and more.
    """
    ssl.SSLContext.set_default_verify_paths = lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        # What was put over the method of the base class is taken away again.
        del ssl.SSLContext.set_default_verify_paths
