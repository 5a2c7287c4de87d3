"""The user's functions as an app declared them, with the place where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

HandlerKind = Literal[
    "boot",
    "shutdown",
    "enter",
    "exit",
    "message",
    "action",
    "session",
    "schedule",
    "endpoint",
    "asgi",
    "task",
    "data",
    "home_suggestions",
    "workflow_start",
    "workflow_action",
    "workflow_message",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A function of the user's: what it is for, its name, and where it is written.

    `chat` is the name of a named chat; `options` holds what else the decorator was given
    (`cron`, `method`, `path`, `access` …).
    """

    kind: HandlerKind
    name: str
    function: Callable[..., Any]
    file: str
    line: int
    chat: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowHandlers:
    """What a workflow runs: when it starts, on its actions, and for messages sent inside it."""

    name: str
    scope: str
    start: Handler | None = None
    actions: dict[str, Handler] = field(default_factory=dict)
    message: Handler | None = None

    @property
    def handlers(self) -> list[Handler]:
        """Every handler of the workflow, in a stable order."""
        ends = [self.start, self.message]
        return [*(end for end in ends if end is not None), *self.actions.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """All that an app declares, as it stands when the runtime boots it.

    Class-based apps hold bound methods of their one instance here, so that a runtime never
    needs to know in which style an app was written.
    """

    name: str
    boot: Handler | None = None
    shutdown: Handler | None = None
    enter: Handler | None = None
    exit: Handler | None = None
    messages: dict[str | None, Handler] = field(default_factory=dict)
    actions: dict[str, Handler] = field(default_factory=dict)
    named_sessions: dict[str, Handler] = field(default_factory=dict)
    schedules: list[Handler] = field(default_factory=list)
    endpoints: list[Handler] = field(default_factory=list)
    asgi: list[Handler] = field(default_factory=list)
    tasks: dict[str, Handler] = field(default_factory=dict)
    data: dict[str, Handler] = field(default_factory=dict)
    workflows: dict[str, WorkflowHandlers] = field(default_factory=dict)
    home_suggestions: Handler | None = None
    collections: list[dict[str, Any]] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    integrations: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    python_packages: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def handlers(self) -> list[Handler]:
        """Every handler but tasks and schedules, in a stable order."""
        hooks = [self.boot, self.shutdown, self.enter, self.exit, self.home_suggestions]
        return [
            *(hook for hook in hooks if hook is not None),
            *self.messages.values(),
            *self.actions.values(),
            *self.named_sessions.values(),
            *self.endpoints,
            *self.asgi,
            *self.data.values(),
            *(handler for flow in self.workflows.values() for handler in flow.handlers),
        ]
