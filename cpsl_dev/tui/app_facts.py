"""What an app declares, as names and values: all that `GET /app` tells, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cpsl.records import JsonObject
from cpsl_dev.tui.summaries import place_of, short_json
from cpsl_dev.tui.times import day_and_time

_PLAIN = ("name", "entry")


def app_facts(description: JsonObject | None) -> list[tuple[str, str]]:
    """Return what an app declares, each with the place where it is written."""
    if description is None:
        return [("no generation has served yet", "")]
    facts = [(name, str(description.get(name, ""))) for name in _PLAIN]
    for name, value in description.items():
        if name in _PLAIN or not value:
            continue
        # What a newer version adds is shown as it comes.
        describe = _GROUPS.get(name, _other)
        facts += [("", ""), (name, ""), *describe(name, value)]
    return facts


def _handlers(group: str, items: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for item in items:
        chat = f" ({item['chat']})" if item.get("chat") else ""
        yield (str(item.get("kind", "")), f"{item.get('name')}{chat}{_rest(item)}{_place(item)}")


def _tasks(group: str, items: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for item in items:
        yield ("task", f"{item.get('name')}{_rest(item)}{_place(item)}")


def _schedules(group: str, items: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for item in items:
        upcoming = day_and_time(str(item.get("next", "")))
        when = f"  next {upcoming[:-3]}" if upcoming else ""
        text = f"{item.get('name')}  {item.get('cron')}{when}{_rest(item, 'cron', 'next')}"
        yield ("schedule", f"{text}{_place(item)}")


def _collections(group: str, items: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for item in items:
        columns = ", ".join(_column(column) for column in item.get("columns") or [])
        shown = f"  columns {columns}" if columns else ""
        yield ("collection", f"{item.get('name')}{_rest(item, 'columns')}{shown}")


def _settings(group: str, items: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for item in items:
        yield ("setting", f"{item.get('name')}{_rest(item)}")


def _integrations(group: str, items: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for item in items:
        yield ("integration", f"{item.get('type')}{_rest(item, 'type')}")


def _secrets(group: str, items: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for item in items:
        yield ("secret", f"{item.get('name')}  {'present' if item.get('present') else 'missing'}")


def _other(group: str, value: Any) -> Iterator[tuple[str, str]]:
    for item in value if isinstance(value, list) else [value]:
        yield (group, short_json(item, 400))


def _rest(item: JsonObject, *told: str) -> str:
    """Return what else is known of an item."""
    known = {"name", "kind", "chat", "file", "line", *told}
    rest = [
        f"{name} {_value(value)}"
        for name, value in item.items()
        if name not in known and value not in (None, [], {})
    ]
    return "".join(f"  {text}" for text in rest)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else short_json(value)


def _column(column: Any) -> str:
    if isinstance(column, dict) and "name" in column:
        kind = column.get("type")
        return f"{column['name']} ({kind})" if kind else str(column["name"])
    return _value(column)


def _place(item: JsonObject) -> str:
    place = place_of(item.get("file"), item.get("line"))
    return f"  {place}" if place else ""


_Describe = Callable[[str, Any], Iterator[tuple[str, str]]]
_GROUPS: dict[str, _Describe] = {
    "handlers": _handlers,
    "tasks": _tasks,
    "schedules": _schedules,
    "collections": _collections,
    "settings": _settings,
    "integrations": _integrations,
    "secrets": _secrets,
}
