"""Workflows: a form, the function it starts, and what follows in that session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cpsl.constants import VALID_WORKFLOW_SCOPES, WorkflowScope, require_one_of
from cpsl.handlers import Handler, WorkflowHandlers
from cpsl.rendering import render
from cpsl.signatures import make_handler, require_parentheses

F = TypeVar("F", bound=Callable[..., Any])


class Workflow:
    """A form that starts a session of its own, with its actions and messages.

    Raises:
        ValueError: the scope is not app, owner or user.
    """

    def __init__(
        self,
        name: str,
        *,
        scope: WorkflowScope = "user",
        icon: str = "workflow",
        description: str = "",
    ) -> None:
        require_one_of(scope, VALID_WORKFLOW_SCOPES, f"Scope of workflow {name!r}")
        self.name = name
        self.scope = scope
        self.icon = icon
        self.description = description
        self._widget_tree: dict[str, Any] | None = None
        self._start: Handler | None = None
        self._message: Handler | None = None
        self._actions: dict[str, Handler] = {}

    def ui(self) -> Callable[[F], F]:
        """Run the function now and keep the widgets it returns.

        Raises:
            TypeError: it is async, or returns something that is not a widget.
        """

        def decorate(function: F) -> F:
            self._widget_tree = render(function, f"Workflow {self.name!r}")
            return function

        return decorate

    def start(self) -> Callable[[F], F]:
        """Register what runs when the form is submitted: `(session, input)`."""

        def decorate(function: F) -> F:
            self._start = make_handler("workflow_start", function, workflow=self.name)
            return function

        return decorate

    def action(self, name: str) -> Callable[[F], F]:
        """Register what runs for an action of the session: `(session, input)`."""
        require_parentheses("workflow.action", name)

        def decorate(function: F) -> F:
            self._actions[name] = make_handler(
                "workflow_action", function, workflow=self.name, action=name
            )
            return function

        return decorate

    def message(self) -> Callable[[F], F]:
        """Register what answers messages in a session of the workflow: `(session, message)`."""

        def decorate(function: F) -> F:
            self._message = make_handler("workflow_message", function, workflow=self.name)
            return function

        return decorate

    def to_dict(self) -> dict[str, Any]:
        """Return the workflow as JSON."""
        result: dict[str, Any] = {
            "name": self.name,
            "scope": self.scope,
            "icon": self.icon,
            "description": self.description,
            "actions": list(self._actions),
        }
        if self._widget_tree is not None:
            result["widget_tree"] = self._widget_tree
        return result

    def handlers(self) -> WorkflowHandlers:
        """Return what the workflow runs, as it stands."""
        return WorkflowHandlers(
            name=self.name,
            scope=self.scope,
            start=self._start,
            actions=dict(self._actions),
            message=self._message,
        )


@dataclass(init=False, repr=False)
class WorkflowInput:
    """What was entered into a form: by key as in a dictionary, or as an attribute."""

    _data: dict[str, Any] = field(default_factory=dict)

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        self._data = dict(data or {})

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or `default` if it was not entered."""
        return self._data.get(key, default)

    def keys(self) -> Any:
        """Return the names of the fields."""
        return self._data.keys()

    def values(self) -> Any:
        """Return what was entered."""
        return self._data.values()

    def items(self) -> Any:
        """Return the fields and what was entered."""
        return self._data.items()

    def to_dict(self) -> dict[str, Any]:
        """Return a dictionary of all fields."""
        return dict(self._data)

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __getattr__(self, key: str) -> Any:
        data = self.__dict__.get("_data", {})
        if key in data:
            return data[key]
        # Apps treat an input like an event, whose fields are its payload.
        if key == "payload":
            return dict(data)
        raise AttributeError(f"The form has no field {key!r}. It has {sorted(data)}.")

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"WorkflowInput({self._data!r})"
