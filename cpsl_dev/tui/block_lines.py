"""Blocks as lines of spans: what an app shows besides text, each kind in a form of its own.

What comes here is whatever an app has sent: values of any kind, size and depth, under any name.
Every form is bounded, and a kind that is not known is shown as JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from cpsl.answers import APPROVAL, FILE, INTEGRATION, is_waiting
from cpsl.records import JsonObject
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.markdown_tables import table_lines
from cpsl_dev.tui.pictures import Pictures
from cpsl_dev.tui.spans import Line, Span, cut, one_line, wrap
from cpsl_dev.tui.summaries import any_text, pretty_json
from cpsl_dev.tui.terminal_lines import terminal_lines

_MOST_TEXT = 2_000
_MOST_LINES = 40
_MOST_FIELDS = 12
_MOST_LINKS = 8
_MOST_SUGGESTIONS = 20
_MOST_ROWS = 50
_MOST_COLUMNS = 12
_STEPS = {
    "running": ("◌", "accent"),
    "pending": ("○", "dim"),
    "done": ("✓", "success"),
    "success": ("✓", "success"),
    "completed": ("✓", "success"),
    "complete": ("✓", "success"),
    "failed": ("✗", "error"),
    "error": ("✗", "error"),
    "skipped": ("-", "dim"),
    "warning": ("⚠", "warning"),
}
_HANDY_KEYS = 9


def block_lines(
    kind: str, block_id: str, payload: JsonObject, width: int, *, is_over: bool, pictures: Pictures
) -> list[Line]:
    """Lay out one block.

    Args:
        kind: Its type; `payload` is what it shows.
        block_id: Its id, for kinds that are not known.
        width: Cells there are.
        is_over: True if nobody waits for it any more.
        pictures: Knows the pictures that it may name.
    """
    if kind in (APPROVAL, FILE, INTEGRATION):
        return _prompt(kind, payload, width, is_over=is_over)
    if kind == "image":
        return _image(payload, width, pictures)
    form = _FORMS.get(kind)
    if form is None:
        name = f"{kind} {block_id}".strip()
        return [_title("▣", name, width), *_json(payload, width)]
    return form(payload, width)


def _text(value: Any) -> str:
    """Return any value as text that can be shown."""
    return safe_text(any_text(value, _MOST_TEXT))


def _title(mark: str, text: str, width: int, style: str = "app") -> Line:
    return cut(((f"{mark} {one_line(text)}", (style,)),), width)


def _indented(text: str, width: int, style: str = "dim", most: int = 8) -> list[Line]:
    if not text:
        return []
    lines = wrap([(text, (style,))], width, first=(("  ", ()),))
    return lines if len(lines) <= most else [*lines[: most - 1], (("  …", ("dim",)),)]


def _json(value: Any, width: int) -> list[Line]:
    try:
        text = pretty_json(value)
    except TypeError:
        return _indented("(nested too deep to be shown)", width)
    lines = [
        cut((("  ", ()), (one_line(line[: 4 * width]), ("source",))), width)
        for line in islice(text.splitlines(), _MOST_LINES + 1)
    ]
    if len(lines) > _MOST_LINES:
        more = text.count("\n") + 1 - _MOST_LINES
        lines = [*lines[:_MOST_LINES], ((f"  … {more:,} more lines", ("dim",)),)]
    return lines


def _prompt(kind: str, payload: JsonObject, width: int, *, is_over: bool) -> list[Line]:
    if kind == INTEGRATION:
        reason = f": {_text(payload['reason'])}" if payload.get("reason") else ""
        asked = f"Connect {_text(payload.get('type'))}{reason}"
    else:
        asked = _text(payload.get("message"))
    lines = wrap([(asked, ("strong",))], width, first=(("? ", ("question",)),))[:_MOST_LINES]
    if is_waiting(kind, payload) and not is_over:
        button: Span = ("[^G: answer]", ("button", "@answer"))
        return [*lines, (("  waits for an answer  ", ("question",)), button)]
    text, style = _outcome(kind, payload)
    return [*lines, *_indented(text, width, style)]


def _outcome(kind: str, payload: JsonObject) -> tuple[str, str]:
    """Return how a prompt has ended, and the style of that."""
    if payload.get("cancelled"):
        return ("- cancelled before it was answered", "warning")
    if payload.get("timed_out"):
        return ("- nobody answered in time", "warning")
    if not payload.get("completed"):
        return ("- no answer", "dim") if payload.get("blocking") else ("", "dim")
    if kind == APPROVAL:
        approved = bool(payload.get("approved"))
        label = payload.get("approve_label" if approved else "reject_label")
        return (f"✓ {_text(label)}", "success") if approved else (f"✗ {_text(label)}", "error")
    if kind == FILE:
        return (f"✓ {_text(payload.get('filename'))}  {_size(payload.get('size'))}", "success")
    connected = bool(payload.get("connected"))
    return ("✓ connected", "success") if connected else ("✗ declined", "error")


def _size(value: Any) -> str:
    return f"{value:,} bytes" if isinstance(value, int) else ""


def _image(payload: JsonObject, width: int, pictures: Pictures) -> list[Line]:
    url = address_of(payload)
    picture = pictures.find(url)
    about = pictures.describe(url)
    lines = [_title("▣", f"{_text(payload.get('alt')) or 'picture'}  {about}", width)]
    if not url.startswith(("data:", "/files/")):
        lines += [_link("", url, width)]
        if pictures.is_to_fetch(url):
            button: Span = ("[fetch and draw it]", ("button", f"@fetch:{url}"))
            lines.append(cut((("  ", ()), button), width))
    return [*lines, *(pictures.draw(picture, width) if picture else [])]


def _link(label: str, url: str, width: int) -> Line:
    target = f"@url:{url[:_MOST_TEXT]}"
    named: Span = (f"  {one_line(label)} " if label else "  ", ())
    return cut((named, (one_line(url[:_MOST_TEXT]), ("md-link", target))), width)


def _links(payload: JsonObject, width: int) -> list[Line]:
    links = payload.get("links")
    if not isinstance(links, list):
        return []
    return [
        _link(_text(link.get("label")), any_text(link.get("url"), _MOST_TEXT), width)
        for link in links[:_MOST_LINKS]
        if isinstance(link, dict)
    ]


def _fields(payload: JsonObject, width: int) -> list[Line]:
    fields = payload.get("fields")
    if not isinstance(fields, dict):
        return []
    lines: list[Line] = []
    for key, value in islice(fields.items(), _MOST_FIELDS):
        name: Line = cut(((f"  {one_line(key)}: ", ("dim",)),), max(4, width // 2))
        lines += wrap([(_text(value), ())], width, first=name)[:4]
    if len(fields) > _MOST_FIELDS:
        lines.append(((f"  … {len(fields) - _MOST_FIELDS:,} more", ("dim",)),))
    return lines


def _step(payload: JsonObject, width: int) -> list[Line]:
    status = _text(payload.get("status"))
    mark, style = _STEPS.get(status.casefold(), ("◌", "accent"))
    return _card(payload, width, mark, style, status if mark == "◌" else "")


def _activity(payload: JsonObject, width: int) -> list[Line]:
    icon = one_line(_text(payload.get("icon")))
    return _card(payload, width, "▸", "accent", icon)


def _card(payload: JsonObject, width: int, mark: str, style: str, note: str) -> list[Line]:
    first: Line = ((f"{mark} ", (style,)),)
    said: list[Span] = [(_text(payload.get("label")), ("strong",))]
    if note:
        said.append((f"  {note}", ("dim",)))
    lines = wrap(said, width, first=first)[:4]
    lines += _indented(_text(payload.get("detail")), width)
    return [*lines, *_fields(payload, width), *_links(payload, width)]


def _task(payload: JsonObject, width: int) -> list[Line]:
    lines = [_title("◷", f"task {_text(payload.get('task_id'))}", width)]
    return lines + _indented(_text(payload.get("message")), width)


def _session_title(payload: JsonObject, width: int) -> list[Line]:
    return [_title("✎", f"title: {_text(payload.get('title'))}", width, "notice")]


def _browser(payload: JsonObject, width: int) -> list[Line]:
    if payload.get("close"):
        return [_title("▣", "the web page is closed", width, "notice")]
    url = any_text(payload.get("url"), _MOST_TEXT)
    if not url:
        path = any_text(payload.get("path"), _MOST_TEXT).removeprefix("/")
        url = f"http://localhost:{any_text(payload.get('port'), 10)}/{path}"
    title = _text(payload.get("title")) or "web page"
    return [_title("▣", title, width), _link("", url, width)]


def _table(payload: JsonObject, width: int) -> list[Line]:
    if payload.get("close"):
        return [_title("▣", "the table is closed", width, "notice")]
    table = payload.get("table")
    table = table if isinstance(table, dict) else {}
    lines = [_title("▤", _text(payload.get("title")) or "Table", width)]
    rows = table.get("rows")
    if not isinstance(rows, list):
        source = table.get("collection") or table.get("collection_ref") or table.get("data")
        return [*lines, *_indented(f"of {_text(source)}" if source else "", width)]
    rows = [row if isinstance(row, dict) else {"": row} for row in rows]
    columns = _columns(table.get("columns"), rows)
    if not rows or not columns:
        return [*lines, *_indented("no rows", width)]
    head: list[list[Span]] = [[(one_line(label), ("strong",))] for _, label in columns]
    body = [[[_cell(row.get(key))] for key, _ in columns] for row in rows[:_MOST_ROWS]]
    lines += table_lines([head, *body], width)
    if len(rows) > _MOST_ROWS:
        lines.append(((f"… {len(rows) - _MOST_ROWS:,} more rows", ("dim",)),))
    return lines


def _columns(declared: Any, rows: list[JsonObject]) -> list[tuple[str, str]]:
    """Return the keys and labels of the columns: those declared, else those of the rows."""
    if isinstance(declared, list) and declared:
        # Columns that are no more than a key are sent as that.
        columns = [{"key": column} if isinstance(column, str) else column for column in declared]
        found = [
            (any_text(column.get("key"), 80), _text(column.get("label") or column.get("key")))
            for column in columns
            if isinstance(column, dict)
        ]
    else:
        keys = {str(key): None for row in rows[:_MOST_ROWS] for key in row}
        found = [(key, _text(key)) for key in keys]
    return found[:_MOST_COLUMNS]


def _cell(value: Any) -> Span:
    return (one_line(_text(value)[:200]), ())


def _ui(payload: JsonObject, width: int) -> list[Line]:
    if payload.get("close"):
        return [_title("▣", "the panel is closed", width, "notice")]
    kind = _text(payload.get("kind"))
    lines = [_title("▣", f"{_text(payload.get('title'))}  {kind}", width)]
    source = payload.get(kind)
    if isinstance(source, str):
        lines += _indented(_text(source), width)
    elif source is not None:
        lines += _json(source, width)
    return lines + (_json(payload["props"], width) if payload.get("props") else [])


def _suggestions(payload: JsonObject, width: int) -> list[Line]:
    title = _text(payload.get("title"))
    lines = [_title("▣", title, width, "strong")] if title else []
    for number, item in enumerate(suggestions_of(payload), 1):
        key = f"[alt+{number}: " if number <= _HANDY_KEYS else "["
        label = one_line(_text(item.get("label")))[:60]
        target = f"@suggestion:{number}"
        spans: list[Span] = [(f"{key}{label}]", ("button", target))]
        if item.get("description"):
            spans.append((f"  {_text(item['description'])}", ("dim",)))
        lines += wrap(spans, max(1, width - 4), rest=(("    ", ()),))[:3]
    return lines


def address_of(payload: JsonObject) -> str:
    """Return the address of a picture, whole: one that is cut leads nowhere."""
    url = payload.get("url")
    return url if isinstance(url, str) else any_text(url, _MOST_TEXT)


def suggestions_of(payload: JsonObject) -> list[JsonObject]:
    """Return the suggestions that are shown, in order."""
    items = payload.get("suggestions")
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return found[:_MOST_SUGGESTIONS]


def _notification(payload: JsonObject, width: int) -> list[Line]:
    text = f"{_text(payload.get('text'))}  {_text(payload.get('detail'))}".rstrip()
    return _indented(text, width, "notice")


def _event(payload: JsonObject, width: int) -> list[Line]:
    shown = _text(payload["payload"]) if payload.get("payload") else ""
    return [_title("⚡", f"{_text(payload.get('event'))}  {shown}", width, "notice")]


def _update(payload: JsonObject, width: int) -> list[Line]:
    what = f"{_text(payload.get('collection'))} changed ({_text(payload.get('reason'))})"
    return [_title("↻", what, width, "notice")]


def _onboarding(payload: JsonObject, width: int) -> list[Line]:
    return [_title("✓", "the onboarding is complete", width, "notice")]


_FORMS: dict[str, Callable[[JsonObject, int], list[Line]]] = {
    "activity": _activity,
    "browser_preview": _browser,
    "notification": _notification,
    "onboarding_complete": _onboarding,
    "session_event": _event,
    "session_title": _session_title,
    "step_status": _step,
    "suggestions": _suggestions,
    "table_preview": _table,
    "task_card": _task,
    "terminal": terminal_lines,
    "ui_preview": _ui,
    "widget_update": _update,
}
