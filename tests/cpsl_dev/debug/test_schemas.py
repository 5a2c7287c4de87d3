"""The schemas say what records hold."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator

from cpsl.records import ErrorRecord, UserRecord
from cpsl_dev.debug.schemas import (
    EMPTY_BODY,
    MESSAGE_BODY,
    NEW_SESSION_BODY,
    PATCH_BODY,
    make_schemas,
    schema_of,
)


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (str, {"type": "string"}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (list[float], {"type": "array", "items": {"type": "number"}}),
        (dict[str, Any], {"type": "object"}),
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (UserRecord, {"$ref": "#/components/schemas/UserRecord"}),
    ],
)
def test_a_type_has_its_schema(kind: object, schema: dict[str, Any]) -> None:
    assert schema_of(kind, {}) == schema


def test_a_record_is_added_with_its_fields_and_its_docstring() -> None:
    schemas: dict[str, Any] = {}

    schema_of(ErrorRecord | None, schemas)

    error = schemas["ErrorRecord"]
    assert error["description"] == ErrorRecord.__doc__
    assert error["required"] == ["type", "message", "file", "line", "text", "traceback"]


def test_a_type_that_nobody_has_thought_of_is_an_error() -> None:
    with pytest.raises(TypeError, match="No schema is known for <class 'bytes'>"):
        schema_of(bytes, {})


@pytest.mark.parametrize(
    "schema", [*make_schemas().values(), EMPTY_BODY, MESSAGE_BODY, NEW_SESSION_BODY, PATCH_BODY]
)
def test_every_schema_is_one(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
