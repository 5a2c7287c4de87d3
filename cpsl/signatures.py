"""Judges, when a handler is declared, whether it can be called the way it will be called."""

from __future__ import annotations

import functools
import inspect
import linecache
import os
import sys
from collections.abc import Callable
from typing import Any

from cpsl.exceptions import DeclarationError
from cpsl.handlers import Handler, HandlerKind

# A decorator and its arguments stand above the `def` that a code object does not point to.
_LINES_TO_SEARCH = 60

_TITLES: dict[HandlerKind, str] = {
    "boot": "a boot hook",
    "shutdown": "a shutdown hook",
    "enter": "an enter hook",
    "exit": "an exit hook",
    "message": "a message handler",
    "action": "an action handler",
    "session": "a session initialiser",
    "schedule": "a schedule",
    "endpoint": "an endpoint",
    "asgi": "an ASGI factory",
    "task": "a task",
    "data": "a data handler",
    "home_suggestions": "a suggestions handler",
    "workflow_start": "a workflow start handler",
    "workflow_action": "a workflow action handler",
    "workflow_message": "a workflow message handler",
}

# What a handler is called with, positionally. Kinds that are missing take what they like.
_ARGUMENTS: dict[HandlerKind, tuple[str, ...]] = {
    "boot": (),
    "shutdown": (),
    "enter": ("session",),
    "exit": ("session",),
    "message": ("session", "message"),
    "action": ("session", "event"),
    "session": ("session",),
    "schedule": (),
    "endpoint": ("context",),
    "asgi": (),
    "workflow_start": ("session", "input"),
    "workflow_action": ("session", "input"),
    "workflow_message": ("session", "message"),
}


def make_handler(
    kind: HandlerKind,
    function: Callable[..., Any],
    *,
    chat: str | None = None,
    bound: bool = False,
    **options: Any,
) -> Handler:
    """Make a handler of `function`, once it is sure that it can be one.

    Args:
        bound: `function` is a method of an instance, so that its `self` is not counted.

    Raises:
        DeclarationError: it cannot be called, takes other arguments, or is a generator.
    """
    check_callable(kind, function)
    check_arguments(kind, function, bound=bound)
    file, line = locate(function)
    return Handler(
        kind=kind,
        name=name_of(function),
        function=function,
        file=file,
        line=line,
        chat=chat,
        options=options,
    )


def check_callable(kind: HandlerKind, function: object) -> None:
    """Refuse what cannot be called, and what would do nothing when called: a generator.

    Raises:
        DeclarationError: saying where it stands and what to write instead.
    """
    if isinstance(function, staticmethod | classmethod):
        function = function.__func__
    if not callable(function):
        raise DeclarationError(f"{function!r} cannot be {_TITLES[kind]}: it is not a function.")
    called = _called(function)
    if inspect.isasyncgenfunction(called):
        raise _refusal(kind, function, "it is an async generator (it contains yield)" + _YIELD)
    if inspect.isgeneratorfunction(called):
        raise _refusal(kind, function, "it is a generator (it contains yield)" + _YIELD)
    if kind == "asgi" and inspect.iscoroutinefunction(called):
        raise _refusal(kind, function, "it must be a plain function, not an async one")


def check_arguments(
    kind: HandlerKind, function: Callable[..., Any], *, bound: bool = False
) -> None:
    """Refuse a function that cannot take the arguments its kind is called with.

    A decorated function is judged by the outermost wrapper, which is what will be called: one
    that takes `*args` may add or drop arguments, so it is taken as it is.

    Raises:
        DeclarationError: saying where it stands, what it takes and what it should take.
    """
    if kind == "home_suggestions":
        _check_optional_context(function, bound=bound)
        return
    arguments = _ARGUMENTS.get(kind)
    if arguments is None or can_take(function, len(arguments)):
        return
    raise _refusal(kind, function, _must_take(arguments, bound=bound))


def can_take(function: Callable[..., Any], count: int) -> bool:
    """True if `function` can be called with `count` positional arguments."""
    signature = _signature(function)
    if signature is None:
        return True
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def require_parentheses(decorator: str, argument: object) -> None:
    """Refuse a decorator that was written without parentheses and so got the function itself.

    Raises:
        DeclarationError: `argument` is a function.
    """
    if not callable(argument):
        return
    file, line = locate(argument)
    raise DeclarationError(
        f"{place(file, line)}: @{decorator} needs parentheses: write @{decorator}(...) "
        f"above {name_of(argument)}.",
        file=file,
        line=line,
    )


def locate(function: Callable[..., Any]) -> tuple[str, int]:
    """Return the file and the line of the user's `def`, beneath partials and decorators."""
    code = getattr(_innermost(function), "__code__", None)
    if code is None:
        return ("<unknown>", 0)
    file = code.co_filename
    first = code.co_firstlineno
    starts = (f"def {code.co_name}", f"async def {code.co_name}")
    for line in range(first, first + _LINES_TO_SEARCH):
        if linecache.getline(file, line).lstrip().startswith(starts):
            return (file, line)
    return (file, first)


def place(file: str, line: int) -> str:
    """Name a line of a file, relative to the current folder when inside it."""
    folder = os.getcwd() + os.sep
    return f"{file.removeprefix(folder)}:{line}"


def name_of(function: Callable[..., Any]) -> str:
    """Return the name a function was declared under."""
    function = _without_partials(function)
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


_YIELD = (
    ", so calling it would run nothing. "
    "Send each piece with `await session.reply(...)`, or write it to `session.stream_reply()`"
)


def _check_optional_context(function: Callable[..., Any], *, bound: bool) -> None:
    if not can_take(function, 0) and not can_take(function, 1):
        wanted = f"{_must_take(('context',), bound=bound)} or nothing"
        raise _refusal("home_suggestions", function, wanted)


def _must_take(arguments: tuple[str, ...], *, bound: bool) -> str:
    names = ("self", *arguments) if bound else arguments
    return f"it must take ({', '.join(names)})" if names else "it must take no arguments"


def _refusal(kind: HandlerKind, function: Callable[..., Any], reason: str) -> DeclarationError:
    file, line = locate(function)
    shown = f"{name_of(function)}{_parameters(function)}"
    return DeclarationError(
        f"{place(file, line)}: {shown} cannot be {_TITLES[kind]}: {reason}.", file=file, line=line
    )


def _parameters(function: Callable[..., Any]) -> str:
    # The `self` of a bound method is shown, because the user reads it in the source.
    signature = _signature(getattr(function, "__func__", function))
    if signature is None:
        return "(...)"
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    function = getattr(function, "__cpsl_calls__", function)
    options: dict[str, Any] = {}
    if sys.version_info >= (3, 14):
        # Names that are imported for type checkers only must not be looked up.
        from annotationlib import Format  # noqa: PLC0415 - new in Python 3.14

        options["annotation_format"] = Format.FORWARDREF
    try:
        return inspect.signature(function, follow_wrapped=False, **options)
    except (TypeError, ValueError):
        return None


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function whose code runs first when `function` is called."""
    function = _without_partials(function)
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    method = getattr(type(function), "__call__", function)  # noqa: B004 - its code, not a test
    return method if inspect.isroutine(method) else function


def _innermost(function: Callable[..., Any]) -> object:
    for _ in range(100):
        function = _without_partials(function)
        inner = getattr(function, "__wrapped__", None) or getattr(function, "__func__", None)
        if inner is None:
            break
        function = inner
    return _called(function)


def _without_partials(function: Callable[..., Any]) -> Callable[..., Any]:
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif (called := getattr(function, "__cpsl_calls__", None)) is not None:
            function = called
        else:
            return function
