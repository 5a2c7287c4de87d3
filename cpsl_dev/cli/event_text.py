"""An event as one line of text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from cpsl.records import JsonObject
from cpsl_dev.safe_text import safe_text

_COMMON = ("seq", "time", "kind", "generation", "session_id", "turn")
_LONGEST = 240
_KIND_WIDTH = 20


def describe_event(event: JsonObject) -> str:
    """Return time, generation, kind and what matters of an event, safe to show, on one line."""
    generation = "" if event["generation"] is None else str(event["generation"])
    line = f"{_clock(event['time'])} {generation:>4}  {event['kind']:<{_KIND_WIDTH}}  "
    summary = safe_text("  ".join(_words(event)), newlines=False)
    if len(summary) > _LONGEST:
        summary = f"{summary[:_LONGEST]}…"
    return f"{line}{summary}".rstrip()


def describe_error(error: JsonObject) -> str:
    """Return where an app went wrong and how, then the line of source if it is known."""
    line = f":{error['line']}" if error.get("line") else ""
    place = f"{error['file']}{line}  " if error.get("file") else ""
    text = f"{place}{error.get('type', 'Error')}: {error.get('message', '')}"
    source = error.get("text")
    if not source:
        return text
    return "\n".join([text, *(f"    {line}" for line in str(source).splitlines())])


def describe_change(step: JsonObject) -> str:
    """Return what one operation of a JSON patch does."""
    path = str(step.get("path", "")).removeprefix("/")
    match step.get("op"):
        case "remove":
            return f"{path} removed"
        case "add":
            return f"{path} + {_short(step.get('value'))}"
        case "replace":
            return f"{path} = {_short(step.get('value'))}"
        case operation:
            return f"{path} {operation}"


def _words(event: JsonObject) -> list[str]:
    """Return the parts of a summary, by the group that the kind is of."""
    group = str(event["kind"]).partition(".")[0]
    describe = _GROUPS.get(group, _of_any)
    where = [] if event["session_id"] is None else [_place(event)]
    return [*where, *(word for word in describe(event) if word)]


def _place(event: JsonObject) -> str:
    turn = f" #{event['turn']}" if event["turn"] else ""
    return f"{event['session_id']}{turn}"


def _of_reload(event: JsonObject) -> list[str]:
    parts = event.get("parts") or {}
    return [
        ", ".join(event.get("files") or []) or str(event.get("reason", "")),
        _milliseconds(event),
        # A worker that died did not say how long it took.
        " · ".join(f"{name} {value:.0f}" for name, value in parts.items() if value is not None),
        _error_line(event),
        *(event.get("notes") or []),
    ]


def _of_turn(event: JsonObject) -> list[str]:
    return [_milliseconds(event), str(event.get("reason") or ""), _error_line(event)]


def _of_text(event: JsonObject) -> list[str]:
    names = ("source", "stream", "level", "logger", "text", "detail")
    return [str(event[name]).rstrip("\n") for name in names if event.get(name)]


def _of_data(event: JsonObject) -> list[str]:
    if "patch" not in event:
        return _of_any(event)
    changes = [describe_change(step) for step in event["patch"]]
    return ["; ".join(changes), f"({event.get('origin', '')})"]


def _of_any(event: JsonObject) -> list[str]:
    fields = [(name, value) for name, value in event.items() if name not in _COMMON]
    return [f"{name}={_short(value)}" for name, value in fields if value is not None]


def _error_line(event: JsonObject) -> str:
    error = event.get("error")
    return describe_error(error).splitlines()[0] if error else ""


def _milliseconds(event: JsonObject) -> str:
    duration = event.get("duration_ms")
    return "" if duration is None else f"{duration:.0f} ms"


def _short(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _clock(time: str) -> str:
    try:
        moment = datetime.fromisoformat(time).astimezone()
    except ValueError:
        return time
    return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03}"


_GROUPS = {
    "reload": _of_reload,
    "turn": _of_turn,
    "message": _of_text,
    "reply": _of_text,
    "notification": _of_text,
    "output": _of_text,
    "log": _of_text,
    "data": _of_data,
}
