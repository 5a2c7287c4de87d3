"""Let threads and executor jobs that a handler starts see its session.

asyncio copies the context into its tasks; `threading` does not (before Python 3.14, and there only
where `sys.flags.thread_inherit_context` is set), and no public hook exists. So the two methods
through which all of this goes are wrapped, once in a process. Outside of handlers they do nothing.
"""

from __future__ import annotations

import concurrent.futures
import functools
import sys
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

from cpsl.context import active_identity

_MARK = "carries_cpsl_context"


def install_thread_context() -> None:
    """Make threads and executors carry the context from now on. Further calls do nothing."""
    if not hasattr(threading.Thread.start, _MARK):
        _replace(threading.Thread, "start", _start_in_context(threading.Thread.start))
    executor = concurrent.futures.ThreadPoolExecutor
    if not hasattr(executor.submit, _MARK):
        _replace(executor, "submit", _submit_in_context(executor.submit))


def _replace(owner: type, name: str, method: Callable[..., Any]) -> None:
    setattr(method, _MARK, True)
    setattr(owner, name, method)


def _start_in_context(start: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(start)
    def start_in_context(thread: threading.Thread) -> None:
        if active_identity() is not None and _may_inherit(thread):
            _run_in(copy_context(), thread)
        start(thread)

    return start_in_context


def _may_inherit(thread: threading.Thread) -> bool:
    # Pools that live longer than a turn would show its session to the jobs of other turns; and
    # since Python 3.14 a thread can be given a context of its own.
    pools = sys.modules.get("multiprocessing.dummy")
    if pools is not None and isinstance(thread, pools.DummyProcess):
        return False
    return getattr(thread, "_context", None) is None


def _run_in(context: Context, thread: threading.Thread) -> None:
    run = thread.run

    def run_in_context() -> None:
        try:
            context.run(run)
        finally:
            # The thread refers to this function, and this function to the thread.
            del thread.run

    thread.run = run_in_context  # type: ignore[method-assign]


def _submit_in_context(submit: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(submit)
    def submit_in_context(
        executor: concurrent.futures.ThreadPoolExecutor,
        function: Callable[..., Any],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        if active_identity() is None or _is_isolated(executor):
            return submit(executor, function, *args, **kwargs)
        # The job gets this context. The pool's thread, which may start now and will run the jobs
        # of others too, gets an empty one.
        job = functools.partial(copy_context().run, function)
        return Context().run(submit, executor, job, *args, **kwargs)

    return submit_in_context


def _is_isolated(executor: concurrent.futures.ThreadPoolExecutor) -> bool:
    # Its jobs run in interpreters of their own (since Python 3.14), where no context can go.
    interpreters = sys.modules.get("concurrent.futures.interpreter")
    return interpreters is not None and isinstance(executor, interpreters.InterpreterPoolExecutor)
