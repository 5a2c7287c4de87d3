"""The JSON schemas of what goes in and out; those of records are read off their classes."""

from __future__ import annotations

import dataclasses
import inspect
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cpsl.records import HistoryPage, JsonObject, SessionRecord, SessionSummary, TurnRecord

_PLAIN: dict[Any, JsonObject] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}
_TEXT: JsonObject = {"type": "string"}
_MAYBE_TEXT: JsonObject = {"type": ["string", "null"]}
_NUMBER: JsonObject = {"type": "number"}
_COUNT: JsonObject = {"type": "integer"}
_MAYBE_COUNT: JsonObject = {"type": ["integer", "null"]}
_TEXTS: JsonObject = {"type": "array", "items": _TEXT}
_OBJECTS: JsonObject = {"type": "array", "items": {"type": "object"}}
_MAYBE_OBJECT: JsonObject = {"type": ["object", "null"]}


def body_of(properties: JsonObject, *required: str) -> JsonObject:
    """Return the schema of a body: an object with these fields and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


EMPTY_BODY = body_of({})
NEW_SESSION_BODY = body_of(
    {
        "id": {
            "type": "string",
            "description": "1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ -; made up if left out.",
        },
        "user": body_of({"id": _TEXT, "email": _MAYBE_TEXT, "org_id": _MAYBE_TEXT}),
        "channel": _TEXT,
        "data": {"type": "object", "description": "What session.data holds at first."},
    }
)
MESSAGE_BODY = body_of(
    {
        "text": _TEXT,
        "fresh": {
            "type": "boolean",
            "default": False,
            "description": "Have it answered by the code that is on the disk now, however long "
            "that takes to load; a load that fails refuses the message.",
        },
        "attachments": {
            "type": "array",
            "items": body_of(
                {"name": _TEXT, "content_type": _TEXT, "url": _TEXT, "size": _COUNT},
                "name",
                "content_type",
                "url",
            ),
        },
    },
    "text",
)
REWIND_BODY = body_of({"turn": _COUNT}, "turn")
FORK_BODY = body_of({"turn": _COUNT, "id": _TEXT})
REPLAY_BODY = body_of({"turn": _COUNT})
ANSWER_BODY: JsonObject = {
    **body_of(
        {
            "approved": {"type": "boolean"},
            "path": {"type": "string", "description": "A file on the server's machine."},
            "name": _TEXT,
            "content_type": _TEXT,
            "content_base64": _TEXT,
            "access_token": _TEXT,
            "token_type": _TEXT,
            "scopes": _TEXTS,
            "expires_at": _COUNT,
            "fields": {"type": "object"},
            "declined": {"type": "boolean"},
        }
    ),
    "description": "approval_prompt: approved. file_upload: path, or name and content_base64. "
    "integration_prompt: access_token, or fields, or declined.",
}
PATCH_BODY: JsonObject = {
    "type": ["object", "array"],
    "description": "A list of operations (RFC 6902), or an object to merge in (RFC 7386).",
}


def make_schemas() -> dict[str, JsonObject]:
    """Return every named schema of an answer."""
    schemas: dict[str, JsonObject] = {}
    for record in (TurnRecord, SessionRecord, SessionSummary, HistoryPage):
        _add_record(record, schemas)
    return {
        **schemas,
        "Problem": _open(
            {"type": _TEXT, "title": _TEXT, "status": _COUNT, "detail": _TEXT, "pointer": _TEXT},
            "type",
            "title",
            "status",
            "detail",
        ),
        "Health": _open({"status": {"const": "ok"}}, "status"),
        "Status": _status(),
        "App": _app(),
        "ReloadOutcome": _open(
            {
                "outcome": {"enum": ["succeeded", "failed"]},
                "generation": _MAYBE_COUNT,
                "duration_ms": _NUMBER,
                "error": _MAYBE_OBJECT,
            },
            "outcome",
        ),
        "Reloads": _list_of("reloads", {"type": "object"}),
        "Sessions": _list_of("sessions", _ref("SessionSummary")),
        "Turns": _list_of("turns", _ref("TurnRecord")),
        "Replay": _replay(),
        "TurnData": _open(
            {"before": {"type": "object"}, "after": {"type": "object"}, "patch": _OBJECTS},
            "before",
            "after",
            "patch",
        ),
        "Export": _open({"source": _TEXT}, "source"),
        "Data": _open({"data": {"type": "object"}, "revision": _COUNT}, "data", "revision"),
        "Event": _open(
            {
                "seq": _COUNT,
                "time": {"type": "string", "format": "date-time"},
                "kind": _TEXT,
                "generation": _MAYBE_COUNT,
                "session_id": _MAYBE_TEXT,
                "turn": _MAYBE_COUNT,
            },
            "seq",
            "time",
            "kind",
        ),
        "Events": _open(
            {"events": {"type": "array", "items": _ref("Event")}, "next": _COUNT},
            "events",
            "next",
        ),
        "OpenApi": {"type": "object"},
    }


def schema_of(kind: Any, schemas: dict[str, JsonObject]) -> JsonObject:
    """Return the schema of a type of `cpsl.records`; add those that it refers to."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if dataclasses.is_dataclass(kind):
        assert isinstance(kind, type)
        _add_record(kind, schemas)
        return _ref(kind.__name__)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0], schemas)}
    if origin is dict:
        return {"type": "object"}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(argument, schemas) for argument in arguments]}
    raise TypeError(f"No schema is known for {kind!r}.")


def _add_record(record: type, schemas: dict[str, JsonObject]) -> None:
    if record.__name__ in schemas:
        return
    properties: JsonObject = {}
    schemas[record.__name__] = {
        "type": "object",
        "description": inspect.cleandoc(record.__doc__ or ""),
        "properties": properties,
    }
    for name, kind in get_type_hints(record).items():
        properties[name] = schema_of(kind, schemas)
    schemas[record.__name__]["required"] = list(properties)


def _status() -> JsonObject:
    return _open(
        {
            "state": {"enum": ["starting", "ready", "reloading", "failed"]},
            "generation": _MAYBE_COUNT,
            "stale": {"type": "boolean"},
            "error": _MAYBE_OBJECT,
            "pending": _TEXTS,
            "entry": _TEXT,
            "app_name": _MAYBE_TEXT,
            "workers": _OBJECTS,
            "reload": _MAYBE_OBJECT,
            "warnings": _TEXTS,
            "watch": {"type": "object"},
            "code_hash": _MAYBE_TEXT,
            "last_seq": _COUNT,
            "started_at": _TEXT,
            "version": _TEXT,
        },
        "state",
        "generation",
        "stale",
        "error",
    )


def _replay() -> JsonObject:
    difference = _open(
        {"replies": _TEXT, "blocks": _TEXT, "data": _OBJECTS, "same": {"type": "boolean"}},
        "replies",
        "data",
        "same",
    )
    turn = _ref("TurnRecord")
    return _open({"before": turn, "after": turn, "diff": difference}, "before", "after", "diff")


def _app() -> JsonObject:
    return _open(
        {
            "name": _TEXT,
            "entry": _TEXT,
            "handlers": _OBJECTS,
            "tasks": _OBJECTS,
            "schedules": _OBJECTS,
            "collections": _OBJECTS,
            "settings": {"type": "array"},
            "integrations": {"type": "array"},
            "secrets": _OBJECTS,
        },
        "name",
        "handlers",
    )


def _open(properties: JsonObject, *required: str) -> JsonObject:
    """Return the schema of an answer, which may grow more fields."""
    return {"type": "object", "properties": properties, "required": list(required)}


def _list_of(name: str, items: JsonObject) -> JsonObject:
    return _open({name: {"type": "array", "items": items}}, name)


def _ref(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}
