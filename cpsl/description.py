"""What an app declares, as JSON for whoever asks from outside: `GET /app`."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cpsl.handlers import Declarations, Handler
from cpsl.json_values import to_json
from cpsl.records import JsonObject
from cpsl.schedules import parse_cron


def describe(
    declarations: Declarations, entry: str, root: str, *, clock: Callable[[], datetime]
) -> JsonObject:
    """Return what an app declares. Secrets are told by name only, and whether they are set.

    Args:
        declarations: what it declares.
        entry: what the user asked to run, such as `app.py:app`.
        root: the folder that files are named relative to, when they are inside it.
        clock: tells the time from which the next run of a schedule is counted.
    """
    now = clock()
    described = {
        "name": declarations.name,
        "entry": entry,
        "handlers": [_handler(handler, root) for handler in declarations.handlers],
        "tasks": [_located(task, root) for task in declarations.tasks.values()],
        "schedules": [_schedule(schedule, root, now) for schedule in declarations.schedules],
        "collections": [_collection(collection) for collection in declarations.collections],
        "settings": declarations.settings,
        "integrations": declarations.integrations,
        "secrets": [{"name": name, "present": name in os.environ} for name in declarations.secrets],
    }
    # The default of a setting, say, can be anything.
    result: JsonObject = to_json(described)
    return result


def _handler(handler: Handler, root: str) -> JsonObject:
    described: JsonObject = {"kind": handler.kind, **_located(handler, root)}
    if handler.chat is not None:
        described["chat"] = handler.chat
    options = {key: value for key, value in handler.options.items() if value is not None}
    return described | {key: value for key, value in options.items() if key not in described}


def _schedule(schedule: Handler, root: str, now: datetime) -> JsonObject:
    cron = schedule.options["cron"]
    upcoming = parse_cron(cron).next_after(now).astimezone(UTC)
    return {
        **_located(schedule, root),
        "cron": cron,
        "next": upcoming.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _located(handler: Handler, root: str) -> JsonObject:
    return {"name": handler.name, "file": _relative(handler.file, root), "line": handler.line}


def _collection(collection: dict[str, Any]) -> JsonObject:
    return {**collection, "columns": collection.get("columns", [])}


def _relative(file: str, root: str) -> str:
    return file.removeprefix(os.path.join(root, ""))
