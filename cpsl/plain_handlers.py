"""Run plain functions off the event loop, with the context of who calls them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from cpsl.context import stoppable


async def run_in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Call `function` in a thread of its own and return its value.

    A pool would be full after a few handlers that never return, and its threads would keep the
    process from ending. When the caller is cancelled the thread is told to stop, which it notices
    at the next thing that it tells its session.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    stop = threading.Event()

    def settle(value: Any, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result((value, error))

    def work() -> None:
        value, error = _outcome_of(function, args)
        try:
            loop.call_soon_threadsafe(settle, value, error)
        except RuntimeError:
            # The loop is closed: nobody waits for this any more.
            return

    with stoppable(stop):
        context = copy_context()
    name = f"cpsl {getattr(function, '__name__', 'handler')}"
    threading.Thread(target=context.run, args=(work,), name=name, daemon=True).start()
    try:
        value, error = await outcome
    except asyncio.CancelledError:
        stop.set()
        raise
    if error is not None:
        raise error
    return value


def _outcome_of(
    function: Callable[..., Any], args: tuple[Any, ...]
) -> tuple[Any, BaseException | None]:
    try:
        return function(*args), None
    except BaseException as error:  # noqa: BLE001 - a thread ends here; the caller raises it
        return None, error
