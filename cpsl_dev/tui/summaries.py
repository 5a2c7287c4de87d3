"""Events in one line each, for the event log and the headless mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from cpsl.records import JsonObject
from cpsl_dev.event_log import Event

_LONGEST = 400
_ERROR_KINDS = frozenset(
    {"turn.failed", "turn.interrupted", "reload.failed", "worker.blocked", "store.failed"}
    | {"client.refused"}
)
_BAD_LEVELS = frozenset({"WARNING", "ERROR", "CRITICAL"})


def is_error(event: Event) -> bool:
    """Tell whether an event is one that a developer must not overlook."""
    if event.kind in _ERROR_KINDS:
        return True
    match event.kind:
        case "log.recorded":
            return str(event.fields.get("level", "")).upper() in _BAD_LEVELS
        case "worker.exited":
            return bool(event.fields.get("exit_code")) and not event.fields.get("by_server")
        case "output.written":
            return event.fields.get("stream") == "stderr"
    return False


def summarize(event: Event) -> str:
    """Return what an event says, in one line, without its kind."""
    summary = _SUMMARIES.get(event.kind, _other)
    text = summary(event.fields)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def error_line(error: JsonObject) -> str:
    """Return an error as `file:line  Type: message`."""
    message = f"{error.get('type', 'Error')}: {error.get('message', '')}".rstrip(": ")
    place = place_of(error.get("file"), error.get("line"))
    return f"{place}  {message}" if place else message


def place_of(file: str | None, line: int | None) -> str:
    """Return `file:line`, as far as it is known."""
    return f"{file}:{line}" if file and line else file or ""


def milliseconds(value: float | None) -> str:
    """Return a duration for people: `4 ms`, `0.4 ms`, `2.1 s`."""
    if value is None:
        return ""
    if value >= 10_000:
        return f"{value / 1000:,.0f} s"
    if value >= 1_000:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f} ms" if value >= 1 else f"{value:.1f} ms"


def short_json(value: Any, limit: int = 120) -> str:
    """Return a value as JSON in one line, cut where it is long."""
    if isinstance(value, str) and len(value) > limit:
        value = value[:limit] + "…"
    text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= limit else text[:limit] + "…"


def any_text(value: Any, limit: int) -> str:
    """Return any value as text: itself, or as JSON; nothing for None. Cut where it is long."""
    if value is None:
        return ""
    if not isinstance(value, str):
        try:
            return short_json(value, min(limit, _LONGEST))
        except TypeError:
            return "(nested too deep to be shown)"
    return value if len(value) <= limit else value[:limit] + "…"


def patch_line(patch: list[JsonObject]) -> str:
    """Return a JSON patch as `notes/1 + "send proposal"`, its first operations only."""
    signs = {"add": "+", "replace": "=", "remove": "-"}
    parts = []
    for operation in patch[:3]:
        pointer = str(operation.get("path", ""))
        path = (pointer[1:] or '""') if pointer else "(all)"
        sign = signs.get(str(operation.get("op")), str(operation.get("op")))
        value = f" {short_json(operation['value'])}" if "value" in operation else ""
        parts.append(f"{path} {sign}{value}")
    more = f"  … {len(patch) - 3:,} more" if len(patch) > 3 else ""
    return "   ".join(parts) + more


def _words(text: Any) -> str:
    """Put a text of several lines on one."""
    return " ⏎ ".join(str(text)[: 2 * _LONGEST].strip("\n").split("\n"))


def _reload(fields: JsonObject) -> str:
    files = ", ".join(str(name) for name in fields.get("files") or []) or str(
        fields.get("reason", "")
    )
    if fields.get("error"):
        return f"{files}   {error_line(fields['error'])}"
    if fields.get("duration_ms") is None:
        return files
    parts = fields.get("parts") or {}
    shown = " · ".join(f"{name} {value:.0f}" for name, value in parts.items() if value)
    return f"{files}   {milliseconds(fields['duration_ms'])}   {shown}".rstrip()


def _turn(fields: JsonObject) -> str:
    took = milliseconds(fields.get("duration_ms"))
    if fields.get("error"):
        return f"{error_line(fields['error'])}   {took}".rstrip()
    if fields.get("first_reply_ms") is not None:
        return f"{took}   first text {milliseconds(fields['first_reply_ms'])}"
    return f"{fields.get('reason') or ''}   {took}".strip()


def _worker(fields: JsonObject) -> str:
    if fields.get("by_server"):
        return f"pid {_plain(fields.get('pid'))}  ended by the dev server"
    names = ("pid", "exit_code", "signal")
    parts = [f"{name} {_plain(fields[name])}" for name in names if fields.get(name) is not None]
    return "  ".join([*_standstill(fields), *parts])


def _standstill(fields: JsonObject) -> list[str]:
    """Tell where code stands still, for how long, and which turns wait for it."""
    parts = []
    if fields.get("file"):
        place = place_of(str(fields["file"]), fields.get("line"))
        parts.append(f"{place}  {_words(fields.get('text') or '')}")
    if isinstance(seconds := fields.get("seconds"), (int, float)):
        parts.append(milliseconds(seconds * 1000))
    turns = fields.get("turns")
    if isinstance(turns, list):
        parts += [" #".join(map(_plain, turn)) for turn in turns if isinstance(turn, list)]
    elif turns is not None:
        parts.append(f"turns {_plain(turns)}")
    return parts


def _message(fields: JsonObject) -> str:
    source = fields.get("source")
    return f"{_words(fields.get('text', ''))}" + (f"   ({source})" if source else "")


def _text(fields: JsonObject) -> str:
    return _words(fields.get("text", ""))


def _notification(fields: JsonObject) -> str:
    return _words(f"{fields.get('text', '')}  {fields.get('detail') or ''}".rstrip())


def _output(fields: JsonObject) -> str:
    return f"{fields.get('stream', '')} │ {_words(fields.get('text', ''))}"


def _log(fields: JsonObject) -> str:
    return f"{fields.get('level', '')} {fields.get('logger', '')} │ {_text(fields)}"


def _data(fields: JsonObject) -> str:
    origin = fields.get("origin")
    source = f"   ({origin})" if origin not in (None, "handler") else ""
    return patch_line(fields.get("patch") or []) + source


def _block(fields: JsonObject) -> str:
    return f"{fields.get('type', '')} {fields.get('id', '')}  {short_json(fields.get('payload'))}"


def _session(fields: JsonObject) -> str:
    user = fields.get("user") or {}
    parts = (user.get("email") or user.get("id"), fields.get("channel"), fields.get("origin"))
    return " · ".join(str(part) for part in parts if part)


def _refused(fields: JsonObject) -> str:
    return f"{fields.get('status', '')} {fields.get('path', '')}  {fields.get('detail', '')}"


def _other(fields: JsonObject) -> str:
    return "  ".join(f"{name} {_plain(value)}" for name, value in fields.items() if value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else short_json(value)


_SUMMARIES: dict[str, Callable[[JsonObject], str]] = {
    "reload.started": _reload,
    "reload.succeeded": _reload,
    "reload.failed": _reload,
    "reload.unchanged": _reload,
    "reload.superseded": _reload,
    "worker.started": _worker,
    "worker.ready": _worker,
    "worker.draining": _worker,
    "worker.exited": _worker,
    "worker.blocked": _worker,
    "worker.unblocked": _worker,
    "worker.paused": _worker,
    "worker.resumed": _worker,
    "boot.finished": _turn,
    "turn.started": _turn,
    "turn.finished": _turn,
    "turn.failed": _turn,
    "turn.interrupted": _turn,
    "message.received": _message,
    "reply.sent": _text,
    "reply.chunk": _text,
    "reply.finished": _text,
    "notification.sent": _notification,
    "block.shown": _block,
    "data.changed": _data,
    "output.written": _output,
    "log.recorded": _log,
    "client.refused": _refused,
    "session.created": _session,
}


def pretty_json(value: Any) -> str:
    """Return a value as indented JSON."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(value, default=str, option=option).decode()
