"""The terminal of a session as lines of spans: its commands, and the end of their output."""

from __future__ import annotations

import re
from typing import Any

from cpsl.records import JsonObject
from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.spans import Line, cut, one_line, width_of, wrap_plain
from cpsl_dev.tui.summaries import any_text, milliseconds

_MOST_RUNS = 8
_LAST_LINES, _EARLIER_LINES = 20, 3
_MOST_OUTPUT = 16_000
_LONGEST_CHUNK = 1_000_000
# Colours of the program: nothing else here draws them, and as marks they would hide the text.
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_MARKS = {
    "running": ("◌", "accent"),
    "completed": ("✓", "success"),
    "failed": ("✗", "error"),
    "timeout": ("✗", "error"),
    "disconnected": ("-", "warning"),
}


def terminal_lines(payload: JsonObject, width: int) -> list[Line]:
    """Lay out a terminal: the newest runs, of the last one more than of those before."""
    title = one_line(any_text(payload.get("title") or payload.get("name") or "Terminal", 200))
    lines: list[Line] = [cut(((f"▣ {title}", ("app",)),), width)]
    found = payload.get("runs")
    runs = [run for run in found if isinstance(run, dict)] if isinstance(found, list) else []
    if len(runs) > _MOST_RUNS:
        lines.append(((f"  … {len(runs) - _MOST_RUNS} earlier commands", ("dim",)),))
    for run in runs[-_MOST_RUNS:]:
        lines += _run(run, width, _LAST_LINES if run is runs[-1] else _EARLIER_LINES)
    return lines


def _run(run: JsonObject, width: int, most: int) -> list[Line]:
    status = any_text(run.get("status"), 40)
    mark, style = _MARKS.get(status, ("◌", "accent"))
    command = one_line(any_text(run.get("command"), 2_000))
    note = "" if status == "completed" else f"  {one_line(status)}"
    if status == "failed":
        note = f"  exit {one_line(any_text(run.get('exit_code'), 20))}"
    took = _took(run)
    end: Line = ((note, (style,)), (f"  {took}" if took else "", ("dim",)))
    start: Line = ((f"{mark} ", (style,)), (f"$ {command}", ("strong",)))
    # How it ended matters more than the end of a long command.
    first = cut((*cut(start, max(8, width - width_of(end))), *end), width)
    return [first, *_output(run, width, most)]


def _took(run: JsonObject) -> str:
    start, end = run.get("started_at"), run.get("ended_at")
    if isinstance(start, int) and isinstance(end, int):
        return milliseconds(float(end - start))
    return ""


def _output(run: JsonObject, width: int, most: int) -> list[Line]:
    """Return the end of what the command has written."""
    lines: list[Line] = []
    room = _MOST_OUTPUT
    for chunk in reversed(_chunks(run)):
        text = any_text(chunk.get("text"), _LONGEST_CHUNK)
        stream = "warning" if chunk.get("stream") == "stderr" else "source"
        shown = _clean(text[-room:])
        room -= len(text)
        if shown:
            lines = [*wrap_plain(shown, max(1, width - 2), (stream,)), *lines]
        if room <= 0 or len(lines) > most:
            break
    is_cut = len(lines) > most or room <= 0
    shown_lines: list[Line] = [(("  ", ()), *line) for line in lines[-most:]]
    return [(("  …", ("dim",)),), *shown_lines] if is_cut else shown_lines


def _clean(text: str) -> str:
    """Return output as it reads in a terminal: no colours, and of an overwritten line its end."""
    text = _COLOURS.sub("", text).replace("\r\n", "\n").removesuffix("\n")
    return safe_text("\n".join(line.rpartition("\r")[2] for line in text.split("\n")))


def _chunks(run: JsonObject) -> list[Any]:
    chunks = run.get("chunks")
    return [c for c in chunks if isinstance(c, dict)] if isinstance(chunks, list) else []
