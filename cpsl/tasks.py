"""Tasks: functions of an app that can be run later, and handles of their runs."""

from __future__ import annotations

import asyncio
import functools
import inspect
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cpsl.exceptions import NotAvailable

if TYPE_CHECKING:
    from cpsl.session import Session

TASK_STATUSES = (
    "pending",
    "claimed",
    "running",
    "completed",
    "failed",
    "retry",
    "cancelled",
    "scheduled",
    "timeout",
)

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DELAY = re.compile(
    r"(\d+)\s*(d|days?|h|hr|hours?|m|mins?|minutes?|s|secs?|seconds?)", re.IGNORECASE
)
_REPEAT = re.compile(r"(?:repeat\s+)?every\s+(.+)", re.IGNORECASE | re.DOTALL)


class TaskDescriptor:
    """A function that can run now, with `await`, or later, in its own time.

    Calling it runs the function inline with exactly the given arguments; a plain function runs in
    a thread, with the caller's context.
    """

    def __init__(  # noqa: PLR0913 - the public API's parameters
        self,
        fn: Callable[..., Any],
        retries: int = 0,
        timeout: int = 0,
        lock: str | None = None,
        retry_for: list[type[Exception]] | None = None,
        callback_url: str | None = None,
        functional: bool = False,
        process: bool = False,
    ) -> None:
        functools.update_wrapper(self, fn)
        self._fn = fn
        # Whoever judges a handler looks at the function: the descriptor itself takes anything.
        self.__cpsl_calls__ = fn
        self._options: dict[str, Any] = {
            "retries": retries,
            "timeout": timeout,
            "lock": lock,
            "retry_for": list(retry_for or []),
            "callback_url": callback_url,
            "functional": functional,
            "process": process,
        }

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself, bound to its instance in a class-based app."""
        return self._fn

    @property
    def options(self) -> dict[str, Any]:
        """What the decorator was given."""
        return dict(self._options)

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function now and return what it returns."""
        if inspect.iscoroutinefunction(self._fn):
            return await self._fn(*args, **kwargs)
        result = await asyncio.to_thread(self._fn, *args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    def __get__(self, instance: object, owner: type | None = None) -> TaskDescriptor:
        """Return the task of one instance, so that a method's `self` is filled in."""
        bind = getattr(self._fn, "__get__", None)
        if instance is None or bind is None:
            return self
        return TaskDescriptor(bind(instance, owner), **self._options)

    async def submit(
        self, session: Session | None = None, display_name: str = "", **kwargs: Any
    ) -> TaskHandle:
        """Run the function in the background.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("task.submit()")

    async def schedule(
        self,
        when: str | timedelta | Any | None = None,
        *,
        session: Session | None = None,
        delay: str | timedelta | None = None,
        display_name: str = "",
        **kwargs: Any,
    ) -> TaskHandle:
        """Run the function later, or again and again with `"every 2 hours"`.

        Args:
            when: a delay, `"every <delay>"`, or the session.
            session: the session the run belongs to.
            delay: a `timedelta`, or a number with a unit: `"30 s"`, `"5 min"`, `"2h"`, `"1 day"`.
            display_name: what a list of runs shows.

        Raises:
            ValueError: the delay is none, or both `when` and `delay` are given.
            TypeError: a session is given twice.
            NotAvailable: always otherwise, in this version.
        """
        if when is not None and not isinstance(when, str | timedelta):
            if session is not None:
                raise TypeError("schedule() got the session twice: first and as session=.")
            when = None
        if when is not None and delay is not None:
            raise ValueError("schedule() takes when or delay=, not both.")
        chosen = when if when is not None else delay
        if chosen is not None:
            parse_delay(chosen)
        raise NotAvailable("task.schedule()")

    async def find(
        self,
        status: str | None = None,
        session_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
        **kwargs: Any,
    ) -> list[TaskHandle]:
        """Return runs of this task, newest first.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("task.find()")

    async def count(self, status: str | None = None, **kwargs: Any) -> int:
        """Count runs of this task.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("task.count()")

    async def cancel(self, status: str | None = None, **kwargs: Any) -> int:
        """Cancel runs of this task and return how many.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("task.cancel()")


class TaskHandle:
    """One run of a task. What it was given and when it ran is known on handles from `find`."""

    __slots__ = ("_record", "_runner", "task_id")

    def __init__(self, task_id: str, runner: Any, record: dict[str, Any] | None = None) -> None:
        self.task_id = task_id
        self._runner = runner
        self._record = record or {}

    @property
    def task_name(self) -> str:
        """The name of the task's function."""
        return str(self._record.get("task_name", ""))

    @property
    def display_name(self) -> str:
        """What a list of runs shows."""
        return str(self._record.get("display_name", ""))

    @property
    def session_id(self) -> str:
        """The session the run belongs to."""
        return str(self._record.get("session_id", ""))

    @property
    def kwargs(self) -> dict[str, Any]:
        """The arguments of the run."""
        return dict(self._record.get("kwargs") or {})

    @property
    def created_at(self) -> str:
        """When the run was submitted."""
        return str(self._record.get("created_at", ""))

    @property
    def started_at(self) -> str:
        """When the run began."""
        return str(self._record.get("started_at", ""))

    @property
    def completed_at(self) -> str:
        """When the run ended."""
        return str(self._record.get("completed_at", ""))

    async def status(self) -> str:
        """Return the state of the run, one of `TASK_STATUSES`.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("TaskHandle.status()")

    async def refresh(self) -> None:
        """Give the run its whole timeout again.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("TaskHandle.refresh()")

    async def cancel(self) -> bool:
        """Cancel the run, and say whether there was something to cancel.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("TaskHandle.cancel()")

    def __repr__(self) -> str:
        return f"TaskHandle(task_id={self.task_id!r}, task_name={self.task_name!r})"


class GlobalTaskQuery:
    """The runs of every task of an app: `app.tasks`."""

    def __init__(self, runner: Any) -> None:
        self._runner = runner

    async def get(self, task_id: str) -> TaskHandle | None:
        """Return one run, or None.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.tasks.get()")

    async def find(
        self, status: str | None = None, limit: int = 100, offset: int = 0, **kwargs: Any
    ) -> list[TaskHandle]:
        """Return runs, newest first.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.tasks.find()")

    async def count(self, status: str | None = None, **kwargs: Any) -> int:
        """Count runs.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.tasks.count()")

    async def cancel(self, status: str | None = None, **kwargs: Any) -> int:
        """Cancel runs and return how many.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.tasks.cancel()")


def parse_delay(delay: str | timedelta) -> tuple[timedelta, bool]:
    """Return how long to wait, and whether to run again after each such time.

    Raises:
        ValueError: the text is not a number with a unit, with or without `every` before it.
    """
    if isinstance(delay, timedelta):
        if delay < timedelta(0):
            raise ValueError(f"invalid delay {delay!r}: it is in the past.")
        return (delay, False)
    text = delay.strip()
    if repeat := _REPEAT.fullmatch(text):
        text = repeat[1].strip()
    match = _DELAY.fullmatch(text)
    if match is None:
        raise ValueError(
            f"invalid delay {delay!r}: write a whole number and a unit, such as '30 seconds', "
            f"'5 min', '2h', '1 day' or 'every 2 hours'."
        )
    seconds = int(match[1]) * _SECONDS[match[2][0].lower()]
    return (timedelta(seconds=seconds), repeat is not None)
