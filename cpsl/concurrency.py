"""Starting asyncio tasks so that they stay alive until they end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

_running: set[asyncio.Task[Any]] = set()


def spawn(coro: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
    """Start `coro` in the background and keep it alive until it ends."""
    task = asyncio.create_task(coro, name=name)  # noqa: TID251 - the one place
    # The loop holds only a weak reference: a task that nobody keeps can vanish half-way.
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task
