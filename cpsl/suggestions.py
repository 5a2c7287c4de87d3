"""Suggestions: what a user may do next, as a card on the home page or under a reply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cpsl.targets import payload_of, target_of


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something a user may do next: send a prompt, start a workflow, open a page or act.

    Raises:
        ValueError: it leads nowhere or to more than one place, or its input does not fit.
    """

    label: str
    prompt: str | None = None
    workflow: Any | None = None
    page: str | None = None
    action: Any | None = None
    description: str | None = None
    icon: str | None = None
    image: str | None = None
    accent: str | None = None
    primary: bool = False
    input: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if not self._target():
            raise ValueError(
                f"Suggestion {self.label!r} leads nowhere: "
                f"give it one of prompt, workflow, page, action."
            )
        self._payload()

    def to_dict(self) -> dict[str, Any]:
        """Return the suggestion as JSON; what is not set is left out."""
        optional: dict[str, Any] = {
            "description": self.description,
            "icon": self.icon,
            "image": self.image,
            "accent": self.accent,
            "primary": self.primary,
            "payload": self._payload(),
        }
        used = {key: value for key, value in optional.items() if value}
        return {"label": self.label, **self._target(), **used}

    def _target(self) -> dict[str, Any]:
        return target_of(
            f"Suggestion {self.label!r}",
            prompt=self.prompt,
            workflow=self.workflow,
            page=self.page,
            action=self.action,
        )

    def _payload(self) -> dict[str, Any] | None:
        return payload_of(
            f"Suggestion {self.label!r}",
            self._target(),
            input=self.input,
            payload=self.payload,
            takes_input=("workflow", "action"),
        )


def serialize_suggestions(suggestions: Any) -> list[dict[str, Any]]:
    """Return suggestions as JSON, from one of them, several, or none.

    Raises:
        TypeError: something is neither a `Suggestion` nor a dictionary.
    """
    if suggestions is None:
        return []
    if isinstance(suggestions, Suggestion | dict) or not isinstance(suggestions, Iterable):
        suggestions = [suggestions]
    return [_to_dict(suggestion) for suggestion in suggestions]


def _to_dict(suggestion: Any) -> dict[str, Any]:
    if isinstance(suggestion, Suggestion):
        return suggestion.to_dict()
    if isinstance(suggestion, dict):
        return dict(suggestion)
    raise TypeError(f"{suggestion!r} is not a suggestion. Give a cpsl.Suggestion.")
