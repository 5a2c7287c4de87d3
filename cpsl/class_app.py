"""Class-based apps: finding the marked methods of a class, and binding them to its instance."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from cpsl.decorators import Mark, marks_of
from cpsl.exceptions import DeclarationError
from cpsl.handlers import Handler
from cpsl.registration import HandlerRegistry
from cpsl.signatures import can_take, locate, make_handler, place
from cpsl.tasks import TaskDescriptor


class ClassApp:
    """The class of an app, and the one instance of it, made when it is first needed.

    Raises:
        DeclarationError: a marked method takes the wrong arguments, or the constructor any.
    """

    def __init__(self, cls: type) -> None:
        self._cls = cls
        self._instance: object | None = None
        _check_constructor(cls)
        for name, mark in _marked(cls):
            # Bound to a stand-in: the constructor is the user's, and runs when the app boots.
            method = inspect.getattr_static(cls, name).__get__(object(), cls)
            _make_handler(method, name, mark)

    def instance(self) -> object:
        """Return the instance; its constructor runs the first time."""
        if self._instance is None:
            self._instance = self._cls()
        return self._instance

    def registry(self) -> HandlerRegistry:
        """Return the handlers of the class, bound to the instance.

        Raises:
            RuntimeError: two methods answer the messages of one chat.
        """
        instance = self.instance()
        registry = HandlerRegistry()
        for name, mark in _marked(self._cls):
            _register(registry, _make_handler(getattr(instance, name), name, mark))
        return registry


def _marked(cls: type) -> list[tuple[str, Mark]]:
    # Sorted by name, because that order decides which of two hooks runs.
    found = []
    for name in sorted(dir(cls)):
        attribute = inspect.getattr_static(cls, name, None)
        found += [(name, mark) for mark in marks_of(attribute)]
    return found


def _make_handler(function: Callable[..., Any], name: str, mark: Mark) -> Handler:
    options = dict(mark.options)
    if isinstance(function, TaskDescriptor) and mark.kind == "task":
        options = function.options
    if mark.kind == "action":
        options["action"] = options["action"] or name
    return make_handler(mark.kind, function, chat=mark.chat, bound=True, **options)


def _register(registry: HandlerRegistry, handler: Handler) -> None:
    match handler.kind:
        case "message":
            _register_message(registry, handler)
        case "action":
            registry.actions.setdefault(handler.options["action"], handler)
        case "schedule":
            registry.schedules.append(handler)
        case "task":
            registry.tasks[handler.name] = handler
        case "endpoint":
            registry.endpoints[handler.name] = handler
        case "asgi":
            registry.asgi[handler.name] = handler
        case _:
            registry.hooks.setdefault(handler.kind, handler)


def _register_message(registry: HandlerRegistry, handler: Handler) -> None:
    first = registry.messages.get(handler.chat)
    if first is not None:
        chat = "the default chat" if handler.chat is None else f"chat {handler.chat!r}"
        raise RuntimeError(
            f"Duplicate @cpsl.message handler for {chat}: "
            f"{first.name} at {place(first.file, first.line)} and "
            f"{handler.name} at {place(handler.file, handler.line)}. Remove one, or name a chat."
        )
    registry.messages[handler.chat] = handler


def _check_constructor(cls: type) -> None:
    if not can_take(cls, 0):
        file, line = locate(cls.__init__)  # type: ignore[misc]
        raise DeclarationError(
            f"{place(file, line)}: {cls.__qualname__} cannot be the class of an app: "
            f"its constructor takes arguments, and it is made without any.",
            file=file,
            line=line,
        )
