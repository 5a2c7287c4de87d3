"""The decorators of functional apps: each checks a function and remembers what it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from cpsl.constants import VALID_ACCESS_LEVELS, AccessLevel, require_one_of
from cpsl.handlers import Handler, HandlerKind
from cpsl.schedules import parse_cron
from cpsl.signatures import make_handler, require_parentheses
from cpsl.tasks import TaskDescriptor
from cpsl.workflow import Workflow

F = TypeVar("F", bound=Callable[..., Any])


class HandlerRegistry:
    """The handlers of one app, by what they are for. A later one replaces an earlier one."""

    def __init__(self) -> None:
        self.hooks: dict[HandlerKind, Handler] = {}
        self.messages: dict[str | None, Handler] = {}
        self.actions: dict[str, Handler] = {}
        self.named_sessions: dict[str, Handler] = {}
        self.schedules: list[Handler] = []
        self.endpoints: dict[str, Handler] = {}
        self.asgi: dict[str, Handler] = {}
        self.tasks: dict[str, Handler] = {}
        self.data: dict[str, Handler] = {}
        self.workflows: dict[str, Workflow] = {}

    def add_schedule(self, handler: Handler) -> None:
        """Add a time to run at; earlier times of the same name run the new function as well."""
        self.schedules = [
            replace(handler, options=other.options) if other.name == handler.name else other
            for other in self.schedules
        ]
        self.schedules.append(handler)

    def find(self, name: str) -> Handler | None:
        """Return the task, schedule, endpoint or ASGI factory whose function is called so."""
        scheduled = {handler.name: handler for handler in self.schedules}
        for handlers in (self.tasks, scheduled, self.endpoints, self.asgi):
            if name in handlers:
                return handlers[name]
        return None


class HandlerDecorators:
    """The part of `App` that registers functions."""

    _registry: HandlerRegistry

    def boot(self) -> Callable[[F], F]:
        """Register what runs once, before anything else."""
        return self._hook("boot")

    def shutdown(self) -> Callable[[F], F]:
        """Register what runs once, at the end, for 5 seconds at most."""
        return self._hook("shutdown")

    def enter(self) -> Callable[[F], F]:
        """Register what runs before the first message of a session: `(session)`."""
        return self._hook("enter")

    def exit(self) -> Callable[[F], F]:
        """Register what runs when a session is closed: `(session)`."""
        return self._hook("exit")

    def message(self, name: str | None = None, *, label: str | None = None) -> Callable[[F], F]:
        """Register what answers messages, or those of the chat `name`: `(session, message)`."""
        self._require_functional("message")
        require_parentheses("app.message", name)
        chat = name or None

        def decorate(function: F) -> F:
            handler = make_handler("message", function, chat=chat, label=label)
            self._registry.messages[chat] = handler
            return function

        return decorate

    def action(self, name: str | None = None) -> Callable[[F], F]:
        """Register what answers an action, called as the function if not otherwise.

        The function is called with `(session, event)`.
        """
        self._require_functional("action")
        require_parentheses("app.action", name)

        def decorate(function: F) -> F:
            handler = make_handler("action", function, action=name)
            action = name or handler.name
            self._registry.actions[action] = replace(handler, options={"action": action})
            return function

        return decorate

    def session(self, name: str) -> Callable[[F], F]:
        """Register what prepares a session that a page starts as `name`: `(session)`.

        Raises:
            ValueError: the name is empty.
        """
        self._require_functional("session")
        require_parentheses("app.session", name)
        if not name:
            raise ValueError('@app.session needs a name, such as @app.session("review").')

        def decorate(function: F) -> F:
            self._registry.named_sessions[name] = make_handler("session", function, session=name)
            return function

        return decorate

    def schedule(self, cron: str) -> Callable[[F], F]:
        """Register what runs at the times of a cron expression of five fields, in UTC.

        Raises:
            DeclarationError: the expression is none.
        """
        self._require_functional("schedule")
        require_parentheses("app.schedule", cron)
        parse_cron(cron)

        def decorate(function: F) -> F:
            self._registry.add_schedule(make_handler("schedule", function, cron=cron))
            return function

        return decorate

    def endpoint(
        self, method: str = "GET", path: str = "/", authorized: bool = True
    ) -> Callable[[F], F]:
        """Register what answers HTTP requests: `(context)`.

        Args:
            method: the HTTP method.
            path: the path, which may hold `{variables}`.
            authorized: refuse callers that are not signed in.
        """
        self._require_functional("endpoint")
        require_parentheses("app.endpoint", method)

        def decorate(function: F) -> F:
            handler = make_handler(
                "endpoint", function, method=method, path=path, authorized=authorized
            )
            self._registry.endpoints[handler.name] = handler
            return function

        return decorate

    def asgi(self, path: str = "/app") -> Callable[[F], F]:
        """Register a plain function that returns an ASGI application, to be mounted at `path`."""
        self._require_functional("asgi")
        require_parentheses("app.asgi", path)

        def decorate(function: F) -> F:
            handler = make_handler("asgi", function, path=path)
            self._registry.asgi[handler.name] = handler
            return function

        return decorate

    def task(
        self,
        retries: int = 0,
        timeout: int = 0,
        lock: str | None = None,
        retry_for: list[type[Exception]] | None = None,
        callback_url: str | None = None,
        process: bool = False,
    ) -> Callable[..., TaskDescriptor]:
        """Turn a function into a task that can be run later.

        Args:
            retries: how often a failed run is tried again.
            timeout: seconds after which a run is ended; 0 means never.
            lock: runs with the same lock wait for each other; `{word}` is filled from the
                arguments.
            retry_for: the exceptions that are worth another try; all if not given.
            callback_url: is told the outcome of each try.
            process: run it in a process of its own.
        """
        self._require_functional("task")
        require_parentheses("app.task", retries)

        def decorate(function: Callable[..., Any]) -> TaskDescriptor:
            handler = make_handler("task", function)
            descriptor = TaskDescriptor(
                function, retries, timeout, lock, retry_for, callback_url, True, process
            )
            self._registry.tasks[handler.name] = replace(
                handler, function=descriptor, options=descriptor.options
            )
            return descriptor

        return decorate

    def data(
        self, name: str, *, access: AccessLevel = "public"
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register what answers `GET /data/<name>`; query parameters become its arguments.

        Raises:
            ValueError: the access is neither public nor authenticated.
        """
        require_parentheses("app.data", name)
        require_one_of(access, VALID_ACCESS_LEVELS, f"Access of data {name!r}")

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self._registry.data[name] = make_handler("data", function, data=name, access=access)
            return function

        return decorate

    def workflow(
        self,
        name: str,
        *,
        scope: str = "user",
        icon: str = "workflow",
        description: str = "",
    ) -> Workflow:
        """Declare a workflow and return it, to register its form and handlers on.

        Raises:
            ValueError: the scope is not app, owner or user.
        """
        self._require_functional("workflow")
        workflow = Workflow(name, scope=scope, icon=icon, description=description)  # type: ignore[arg-type]
        self._registry.workflows[name] = workflow
        return workflow

    def _hook(self, kind: HandlerKind) -> Callable[[F], F]:
        self._require_functional(kind)

        def decorate(function: F) -> F:
            self._registry.hooks[kind] = make_handler(kind, function)
            return function

        return decorate

    def _require_functional(self, decorator: str) -> None:
        raise NotImplementedError
