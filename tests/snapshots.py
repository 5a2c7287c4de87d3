"""Pictures of the screen that are compared with stored ones.

    async with still_screen(folder, size=(100, 30)) as (pilot, app):
        ...
        check_snapshot(app, "ready")

What differs from run to run (times, durations, process ids) is replaced where the screen reads it
from the server, so that the stored SVG is that of a real screen on a real server. Make them anew
with `CPSL_SNAPSHOTS=write python -m pytest tests/cpsl_dev/tui/test_snapshots.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass, replace
from difflib import unified_diff
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

import pytest
from textual.pilot import Pilot

from cpsl_dev.core_thread import CoreThread
from cpsl_dev.event_log import Event
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.travel_link import TravelLink
from tests.screens import core, settled

T = TypeVar("T")

FOLDER = Path(__file__).parent / "cpsl_dev" / "tui" / "snapshots"
_TIME = "2026-11-22T10:02:11.204Z"
_STILL: dict[str, Any] = {
    "time": _TIME,
    "timestamp": _TIME,
    "started_at": _TIME,
    "created_at": _TIME,
    "updated_at": _TIME,
    "duration_ms": 4.0,
    "first_reply_ms": 2.0,
    "parts": {"load": 4, "boot": 1, "swap": 1},
    "pid": 4242,
}
_HINT = "; if that is meant, make it anew with CPSL_SNAPSHOTS=write"
_SVG = "{http://www.w3.org/2000/svg}"
# The width of a cell, as Rich draws it.
_CELL = 12.2


class _StillCore:
    """Calls the real core, and gives what it returns with what varies replaced."""

    def __init__(self, core_thread: CoreThread) -> None:
        self.server = core_thread.server
        self.post = core_thread.post
        self._core = core_thread

    async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call, and replace."""
        return still(await self._core.call(function, *args, **kwargs))


class _StillLink(CoreLink):
    """A link to a real server on which no time passes."""

    def __init__(self, core_thread: CoreThread) -> None:
        super().__init__(core_thread)
        self._core = _StillCore(core_thread)  # type: ignore[assignment]
        self.travel = TravelLink(self._core)

    async def listen(self, listener: Callable[[Sequence[Event]], None]) -> list[Event]:
        """Listen to events without what varies."""
        return await super().listen(lambda events: listener(still(list(events))))


def still(value: T) -> T:
    """Return a value with what varies from run to run replaced, however deep inside."""
    result: Any = value
    if isinstance(value, dict):
        result = {key: _still_field(key, item) for key, item in value.items()}
    elif isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        result = type(value)(still(item) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)]
        result = replace(
            value, **{name: _still_field(name, getattr(value, name)) for name in names}
        )
    return result  # type: ignore[no-any-return]


def _still_field(name: str, value: Any) -> Any:
    return _STILL[name] if value is not None and name in _STILL else still(value)


@asynccontextmanager
async def still_screen(
    folder: Path, *, size: tuple[int, int]
) -> AsyncIterator[tuple[Pilot[int], DevApp]]:
    """Show the real screen on a real server, with a session `notes` and nothing that moves."""
    with core(folder, session_id="notes", standby=False) as thread:
        app = DevApp(_StillLink(thread), thread.server.config)
        async with app.run_test(size=size, notifications=False) as pilot:
            await settled(pilot, lambda: app.presenter.status.get("state") == "ready")
            await settled(pilot, lambda: app.presenter.conversation.session_id == "notes")
            yield pilot, app


def check_snapshot(app: DevApp, name: str) -> None:
    """Compare the screen with the stored one, or store it where that was asked for.

    With other versions of the libraries that draw than it was made with, colours may differ: then
    only the text is compared.
    """
    path = FOLDER / f"{name}.svg"
    picture = _normalised(app.export_screenshot(title="cpsl dev", simplify=True))
    if os.environ.get("CPSL_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(picture, "utf-8")
        return
    stored = path.read_text("utf-8")
    changed = list(unified_diff(text_of_svg(stored), text_of_svg(picture), lineterm=""))
    assert not changed, "\n".join([f"the screen is not as in {path.name}{_HINT}", *changed])
    if picture.splitlines()[0] != stored.splitlines()[0]:
        pytest.skip(f"{path.name} was made with other versions: only its text was compared")
    assert picture == stored, f"the text is that of {path.name}, the styles are not{_HINT}"


def text_of_svg(svg: str) -> list[str]:
    """Return the lines of text of a picture."""
    rows: dict[str, list[tuple[int, str]]] = {}
    for node in ElementTree.fromstring(svg).iter(f"{_SVG}text"):
        if "line-" in node.get("clip-path", ""):
            column = round(float(node.get("x", "0")) / _CELL)
            rows.setdefault(node.get("y", ""), []).append((column, node.text or ""))
    lines = []
    for y in sorted(rows, key=float):
        line = ""
        for column, text in sorted(rows[y]):
            line = line.ljust(column) + text.replace("\N{NO-BREAK SPACE}", " ")
        lines.append(line.rstrip())
    return lines


def _normalised(svg: str) -> str:
    made_with = f"<!-- textual {version('textual')}, rich {version('rich')} -->"
    return f"{made_with}\n{re.sub(r'terminal-[0-9]+', 'terminal', svg)}\n"
