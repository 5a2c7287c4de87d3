"""Marks for class-based apps: what each method is for, to be found by `App.cls`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cpsl.exceptions import DeclarationError
from cpsl.handlers import HandlerKind
from cpsl.schedules import parse_cron
from cpsl.signatures import check_callable, require_parentheses
from cpsl.tasks import TaskDescriptor

F = TypeVar("F", bound=Callable[..., Any])

_MARKS = "__cpsl_marks__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a method is for. `chat` names a chat; `options` is what else was given."""

    kind: HandlerKind
    chat: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


def boot() -> Callable[[F], F]:
    """Mark the method that runs once, before anything else."""
    return _mark(Mark(kind="boot"))


def shutdown() -> Callable[[F], F]:
    """Mark the method that runs once, at the end, for 5 seconds at most."""
    return _mark(Mark(kind="shutdown"))


def enter() -> Callable[[F], F]:
    """Mark the method that runs before the first message of a session."""
    return _mark(Mark(kind="enter"))


def exit() -> Callable[[F], F]:  # noqa: A001 - the public API's name
    """Mark the method that runs when a session is closed."""
    return _mark(Mark(kind="exit"))


def message(name: str | None = None, *, label: str | None = None) -> Callable[[F], F]:
    """Mark the method that answers messages, or those of the chat called `name`."""
    require_parentheses("cpsl.message", name)
    return _mark(Mark(kind="message", chat=name or None, options={"label": label}))


def action(name: str | None = None) -> Callable[[F], F]:
    """Mark a method that answers clicks; its action is called as the method if not otherwise."""
    require_parentheses("cpsl.action", name)
    return _mark(Mark(kind="action", options={"action": name}))


def task(
    retries: int = 0,
    timeout: int = 0,
    lock: str | None = None,
    retry_for: list[type[Exception]] | None = None,
    callback_url: str | None = None,
    process: bool = False,
) -> Callable[..., TaskDescriptor]:
    """Turn a method into a task that can be run later.

    Args:
        retries: how often a failed run is tried again.
        timeout: seconds after which a run is ended; 0 means never.
        lock: runs with the same lock wait for each other; `{word}` is filled from the arguments.
        retry_for: the exceptions that are worth another try; all if not given.
        callback_url: is told the outcome of each try.
        process: run it in a process of its own.
    """
    require_parentheses("cpsl.task", retries)

    def decorate(function: Callable[..., Any]) -> TaskDescriptor:
        check_callable("task", function)
        descriptor = TaskDescriptor(
            function, retries, timeout, lock, retry_for, callback_url, process=process
        )
        return _mark(Mark(kind="task"))(descriptor)

    return decorate


def schedule(cron: str) -> Callable[[F], F]:
    """Mark a method that runs at the times of a cron expression, in UTC."""
    require_parentheses("cpsl.schedule", cron)
    parse_cron(cron)
    return _mark(Mark(kind="schedule", options={"cron": cron}))


def endpoint(method: str = "GET", path: str = "/", authorized: bool = True) -> Callable[[F], F]:
    """Mark a method that answers HTTP requests.

    Args:
        method: the HTTP method.
        path: the path, which may hold `{variables}`.
        authorized: refuse callers that are not signed in.
    """
    require_parentheses("cpsl.endpoint", method)
    options = {"method": method, "path": path, "authorized": authorized}
    return _mark(Mark(kind="endpoint", options=options))


def asgi(path: str = "/app") -> Callable[[F], F]:
    """Mark a method that returns an ASGI application, to be mounted at `path`."""
    require_parentheses("cpsl.asgi", path)
    return _mark(Mark(kind="asgi", options={"path": path}))


def marks_of(function: object) -> tuple[Mark, ...]:
    """Return the marks of a method, in the order in which they were put on it."""
    if isinstance(function, staticmethod | classmethod):
        function = function.__func__
    marks: tuple[Mark, ...] = getattr(function, _MARKS, ())
    return marks


def _mark(mark: Mark) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        check_callable(mark.kind, function)
        target = function.__func__ if isinstance(function, staticmethod | classmethod) else function
        try:
            # A new tuple, because functools.wraps shares the old one with the wrapped function.
            setattr(target, _MARKS, (*marks_of(target), mark))
        except AttributeError as error:
            raise DeclarationError(
                f"{function!r} cannot be marked with @cpsl.{mark.kind}(): "
                f"mark a function that is defined in the class."
            ) from error
        return function

    return decorate
