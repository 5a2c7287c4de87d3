"""Turns `field__op=value` lookups and updates into documents, and refuses what is neither."""

from __future__ import annotations

import re
from typing import Any

_COMPARISONS = ("ne", "gt", "gte", "lt", "lte", "in", "nin")
_PATTERNS = {"contains": "{}", "startswith": "^{}", "endswith": "{}$"}
_OPERATORS = ("exact", *_COMPARISONS, *_PATTERNS)


def compile_lookups(lookups: dict[str, Any]) -> dict[str, Any]:
    """Return the filter document of `lookups`, such as `age__gte=18`. `id` means `_id`.

    Raises:
        ValueError: an operator is unknown, or a field's name starts with an underscore.
        TypeError: a field has a plain value and an operator.
    """
    document: dict[str, Any] = {}
    plain: set[str] = set()
    for lookup, value in lookups.items():
        field, operator = _split(lookup)
        if field in document and (operator == "exact" or field in plain):
            raise TypeError(f"{lookup}: {field!r} is compared with a value and by an operator.")
        if operator == "exact":
            plain.add(field)
            document[field] = value
        else:
            document.setdefault(field, {}).update(_condition(operator, value))
    return document


def compile_update(update: dict[str, Any]) -> dict[str, Any]:
    """Return an update document: plain keys are set, operators pass through.

    Raises:
        ValueError: it is empty, or mixes the two.
    """
    if not update:
        raise ValueError("An update must not be empty. Name the fields to change.")
    operators = [key for key in update if key.startswith("$")]
    if not operators:
        return {"$set": dict(update)}
    if len(operators) < len(update):
        raise ValueError(
            f"An update has either fields or operators, not both: {sorted(update)}. "
            f"Put the fields into '$set'."
        )
    return dict(update)


def _split(lookup: str) -> tuple[str, str]:
    if lookup.startswith("_"):
        raise ValueError(f"Lookup {lookup!r} starts with an underscore. For the id, write id=.")
    field, *operators = lookup.split("__")
    if len(operators) > 1:
        raise ValueError(f"Lookup {lookup!r} has more than one '__'.")
    operator = operators[0] if operators else "exact"
    if operator not in _OPERATORS:
        raise ValueError(
            f"Lookup {lookup!r} has the unknown operator {operator!r}. "
            f"Known are {', '.join(_OPERATORS)}."
        )
    return ("_id" if field == "id" else field, operator)


def _condition(operator: str, value: Any) -> dict[str, Any]:
    if operator in _COMPARISONS:
        return {f"${operator}": list(value) if operator in ("in", "nin") else value}
    pattern = _PATTERNS[operator].format(re.escape(str(value)))
    return {"$regex": pattern, "$options": "i"}
