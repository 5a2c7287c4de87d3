"""Widgets to press: buttons and cards that lead somewhere."""

from __future__ import annotations

from typing import Any

from cpsl.targets import payload_of, target_of
from cpsl.ui.base import Widget, used


class ActionCard(Widget):
    """A card that sends a prompt, starts a workflow or opens a page.

    Raises:
        ValueError: it leads to more than one place, or its input does not fit.
    """

    type = "action_card"

    def __init__(  # noqa: PLR0913 - the public API's parameters
        self,
        label: str,
        *,
        description: str | None = None,
        icon: str | None = None,
        image: str | None = None,
        prompt: str | None = None,
        workflow: Any | None = None,
        page: Any | None = None,
        primary: bool = False,
        input: dict[str, Any] | None = None,  # noqa: A002 - the public API's name
        payload: dict[str, Any] | None = None,
    ) -> None:
        what = f"Card {label!r}"
        self.label = label
        self.description = description
        self.icon = icon
        self.image = image
        self.primary = primary
        self.target = target_of(what, prompt=prompt, workflow=workflow, page=page)
        self.payload = payload_of(
            what, self.target, input=input, payload=payload, takes_input=("workflow",)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "label": self.label,
            **used(description=self.description, icon=self.icon, image=self.image),
            **self.target,
            **used(primary=self.primary, payload=self.payload),
        }


class GalleryCard(ActionCard):
    """An action card that is mostly its picture."""

    type = "gallery_card"


class Button(Widget):
    """A button that triggers an action: its function, or its name."""

    type = "button"

    def __init__(
        self,
        label: str,
        *,
        on_click: Any | None = None,
        payload: dict[str, Any] | None = None,
        primary: bool = False,
    ) -> None:
        self.label = label
        self.on_click = on_click
        self.payload = payload
        self.primary = primary

    def to_dict(self) -> dict[str, Any]:
        """Return the button as JSON; what is not set is left out.

        Raises:
            ValueError: `on_click` is neither a function nor a name.
        """
        return {
            "type": self.type,
            "label": self.label,
            **self._target(),
            **used(payload=self.payload, primary=self.primary),
        }

    def _target(self) -> dict[str, Any]:
        action = self.on_click
        if action is not None and not isinstance(action, str) and not callable(action):
            raise ValueError(
                f"on_click={action!r} of button {self.label!r} must be an action or its name."
            )
        return target_of(f"Button {self.label!r}", action=action)


class SubmitButton(Widget):
    """The button of a form; its action is the workflow's start if not otherwise."""

    type = "submit_button"

    def __init__(self, label: str, *, action: str = "start", primary: bool = False) -> None:
        self.label = label
        self.action = action
        self.primary = primary

    def to_dict(self) -> dict[str, Any]:
        """Return the button as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "label": self.label,
            "action": self.action,
            **used(primary=self.primary),
        }
