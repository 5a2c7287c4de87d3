"""The description of the endpoint, OpenAPI 3.1, made of the very table that answers requests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cpsl.records import JsonObject
from cpsl_dev.debug.problems import KINDS, MEDIA_TYPE
from cpsl_dev.debug.routing import Route
from cpsl_dev.debug.schemas import make_schemas

# What any call can be answered with.
_ALWAYS = ("host-not-allowed", "origin-not-allowed", "malformed-request", "too-slow", "stopping")
_WITH_BODY = ("invalid-json", "body-too-large", "unsupported-type", "invalid-input")
_ABOUT = (
    "What `cpsl dev` does, for editors, scripts, tests and agents. Every path but `/health` wants "
    "`Authorization: Bearer TOKEN`; url and token are in `.cpsl/dev.json` beside the app. "
    "Errors are problem documents (RFC 9457)."
)


def describe(routes: Sequence[Route], *, url: str, version: str) -> JsonObject:
    """Return the OpenAPI document of `routes`."""
    paths: JsonObject = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "cpsl dev", "version": version, "description": _ABOUT},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": make_schemas(),
        },
    }


def _operation(route: Route) -> JsonObject:
    operation: JsonObject = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [*_path_parameters(route.path), *_query_parameters(route)],
        "responses": {**_successes(route), **_problems(route)},
    }
    if route.is_public:
        operation["security"] = []
    if route.body is not None:
        operation["requestBody"] = {
            "required": bool(route.body.get("required")) or route.method == "PATCH",
            "content": {name: {"schema": route.body} for name in route.media_types},
        }
    return operation


def _path_parameters(path: str) -> list[JsonObject]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if name == "n" else "string"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(route: Route) -> list[JsonObject]:
    return [
        {
            "name": parameter.name,
            "in": "query",
            "schema": parameter.schema,
            "description": parameter.text,
        }
        for parameter in route.query
    ]


def _successes(route: Route) -> JsonObject:
    answers: JsonObject = {}
    for status, name in route.answers.items():
        answer: JsonObject = {"description": route.summary}
        if name is not None:
            schema = {"$ref": f"#/components/schemas/{name}"}
            answer["content"] = {"application/json": {"schema": schema}}
            if route.streams and status == 200:
                answer["content"]["text/event-stream"] = {"schema": {"type": "string"}}
        answers[str(status)] = answer
    return answers


def _problems(route: Route) -> JsonObject:
    names = [*_ALWAYS, *route.problems]
    if not route.is_public:
        names.append("no-token")
    if route.body is not None:
        names += _WITH_BODY
    if route.query:
        names.append("invalid-query")
    titles: dict[int, list[str]] = {}
    for name in names:
        status, title = KINDS[name]
        titles.setdefault(status, []).append(title)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        str(status): {
            "description": ". ".join(dict.fromkeys(texts)) + ".",
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status, texts in sorted(titles.items())
    }
