"""What every widget is: something that can be written as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class Widget:
    """A part of a page. It is checked and drawn by whoever reads its JSON."""

    type: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the widget as JSON; what is not set is left out."""
        return {"type": self.type}


def used(**values: Any) -> dict[str, Any]:
    """Return the values that are set: not None, False, or empty. A number 0 is set."""
    return {key: value for key, value in values.items() if _is_set(value)}


def serialized(widgets: Sequence[Any] | None) -> list[dict[str, Any]]:
    """Return widgets as JSON.

    Raises:
        AttributeError: one is not a widget.
    """
    return [_serialize(widget) for widget in widgets or ()]


def _serialize(widget: Any) -> dict[str, Any]:
    if not hasattr(widget, "to_dict"):
        raise AttributeError(f"{widget!r} is not a widget: it has no to_dict.")
    tree: dict[str, Any] = widget.to_dict()
    return tree


def _is_set(value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    return bool(value)
