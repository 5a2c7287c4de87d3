"""Runs the functions that lay out pages, when they are declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from cpsl.signatures import name_of


def render(function: Callable[..., Any], what: str) -> dict[str, Any]:
    """Run a function that returns widgets, and return them as JSON.

    Raises:
        TypeError: it is async, or returns something without `to_dict`.
    """
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{what}: {name_of(function)} must be a plain function, not an async one.")
    widget = function()
    if not hasattr(widget, "to_dict"):
        raise TypeError(
            f"{what}: {name_of(function)} must return a widget such as cpsl.ui.Page, "
            f"not {widget!r}."
        )
    tree: dict[str, Any] = widget.to_dict()
    return tree
