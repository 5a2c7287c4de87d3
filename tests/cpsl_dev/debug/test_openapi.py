"""The description is valid, complete, and what the server really does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from cpsl_dev.debug.openapi import describe
from cpsl_dev.debug.routes import ROUTES
from tests.endpoints import Served

DOCUMENT = describe(ROUTES, url="http://127.0.0.1:4600", version="1.2.3")
# The part of the OpenAPI 3.1 schema that a document of this kind can break.
OPENAPI = {
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {
        "openapi": {"pattern": r"^3\.1\.\d+$"},
        "info": {"type": "object", "required": ["title", "version"]},
        "paths": {
            "type": "object",
            "propertyNames": {"pattern": "^/"},
            "additionalProperties": {
                "type": "object",
                "propertyNames": {"enum": ["get", "post", "put", "patch", "delete"]},
                "additionalProperties": {"$ref": "#/$defs/operation"},
            },
        },
    },
    "$defs": {
        "operation": {
            "type": "object",
            "required": ["operationId", "summary", "tags", "responses"],
            "properties": {
                "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}},
                "requestBody": {"type": "object", "required": ["content"]},
                "responses": {
                    "type": "object",
                    "minProperties": 2,
                    "propertyNames": {"pattern": "^[1-5][0-9][0-9]$"},
                    "additionalProperties": {"type": "object", "required": ["description"]},
                },
            },
        },
        "parameter": {
            "type": "object",
            "required": ["name", "in", "schema"],
            "properties": {"in": {"enum": ["path", "query", "header", "cookie"]}},
            "if": {"properties": {"in": {"const": "path"}}},
            "then": {"required": ["required"], "properties": {"required": {"const": True}}},
        },
    },
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield (method.upper(), path, operation)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_the_document_has_the_form_of_openapi() -> None:
    Draft202012Validator(OPENAPI).validate(orjson.loads(orjson.dumps(DOCUMENT)))


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}

    assert set(references(DOCUMENT)) == known


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]

    assert len(set(names)) == len(names)


def test_the_document_and_the_router_agree(served: Served) -> None:
    described = {(method, path) for method, path, _ in operations()}
    routed = {(route.method, route.path) for route in served.endpoint.router.routes}

    assert described == routed
    assert served.ask("GET", "/openapi.json").json()["paths"] == orjson.loads(
        orjson.dumps(DOCUMENT["paths"])
    )


def test_path_parameters_are_those_of_the_path() -> None:
    for _, path, operation in operations():
        named = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        described = [item["name"] for item in operation["parameters"] if item["in"] == "path"]
        assert described == named


def test_only_health_needs_no_token() -> None:
    public = [path for _, path, operation in operations() if operation.get("security") == []]

    assert public == ["/health"]
    assert DOCUMENT["security"] == [{"token": []}]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/health", None),
        ("GET", "/status", None),
        ("GET", "/app", None),
        ("POST", "/reload", {}),
        ("GET", "/reloads", None),
        ("GET", "/openapi.json", None),
        ("GET", "/sessions", None),
        ("POST", "/sessions", {"user": {"id": "me"}, "data": {"a": 1}}),
        ("GET", "/sessions/{id}", None),
        ("GET", "/sessions/{id}/history", None),
        ("PATCH", "/sessions/{id}/data", {"a": 2}),
        ("POST", "/sessions/{id}/messages", {"text": "boom"}),
        ("GET", "/sessions/{id}/turns", None),
        ("GET", "/sessions/{id}/turns/{n}", None),
        ("GET", "/events", None),
        ("GET", "/sessions/{id}/turns/99", None),
        ("POST", "/sessions/{id}/turns/{n}/cancel", {}),
        ("GET", "/sessions/{id}/turns/{n}/data", None),
        ("POST", "/sessions/{id}/replay", {}),
        ("POST", "/sessions/{id}/fork", {}),
        ("POST", "/sessions/{id}/fork", {"turn": 99}),
        ("POST", "/sessions/{id}/rewind", {"turn": 1}),
        ("GET", "/sessions/{id}/export", None),
        ("POST", "/sessions/{id}/blocks/{block_id}", {"approved": True}),
        ("GET", "/files/{name}", None),
        ("POST", "/sessions", {"id": "described"}),
        ("POST", "/sessions", {"id": 1}),
    ],
)
def test_every_answer_is_as_described(
    served: Served, method: str, path: str, body: dict[str, Any] | None
) -> None:
    served.say("described", "hello")
    template = "/sessions/{id}/turns/{n}" if path.endswith("/99") else path
    headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else {}

    target = path.replace("{id}", "described").replace("{n}", "1")
    target = target.replace("{block_id}", "b1").replace("{name}", "f1")
    answer = served.ask(method, target, body, headers=headers)

    described = DOCUMENT["paths"][template][method.lower()]["responses"][str(answer.status)]
    schema = described["content"][answer.headers["content-type"]]["schema"]
    root = {"components": DOCUMENT["components"], **schema}
    Draft202012Validator(root).validate(answer.json())
