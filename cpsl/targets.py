"""Where a card, a picture or a suggestion leads: a prompt, a workflow, a page or an action."""

from __future__ import annotations

from typing import Any


def target_of(what: str, **targets: Any) -> dict[str, Any]:
    """Return `target` and `value` of the one target that is given, or nothing.

    Raises:
        ValueError: more than one is given.
    """
    given = {kind: target for kind, target in targets.items() if target is not None}
    if len(given) > 1:
        raise ValueError(
            f"{what} leads to one place, not to {len(given)}: choose one of {', '.join(given)}."
        )
    return {
        key: value
        for kind, target in given.items()
        for key, value in (("target", kind), ("value", _value_of(kind, target)))
    }


def payload_of(
    what: str,
    target: dict[str, Any],
    *,
    input: dict[str, Any] | None,  # noqa: A002 - the public API's name
    payload: dict[str, Any] | None,
    takes_input: tuple[str, ...],
) -> dict[str, Any] | None:
    """Return what goes along to the target: its input, or a payload.

    Raises:
        ValueError: both are given, or an input for a target that takes none.
    """
    if input is not None and payload is not None:
        raise ValueError(f"{what} has input= and payload=: give one of them.")
    if input is not None and target.get("target") not in takes_input:
        raise ValueError(f"{what} has input=, which only a {' or '.join(takes_input)} takes.")
    return payload if input is None else input


def _value_of(kind: str, target: Any) -> str:
    if isinstance(target, str):
        return target
    attributes = ("route",) if kind == "page" else ("name", "__name__")
    for attribute in attributes:
        value = getattr(target, attribute, None)
        if isinstance(value, str):
            return value
    return str(target)
