"""What tests of the screen share: events made by hand, widgets on their own, the real screen.

async with show(ChatLog(id="log")) as (pilot, log): ...
async with screen(folder) as (pilot, app): ...
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from cpsl.records import JsonObject
from cpsl_dev.core_thread import CoreThread
from cpsl_dev.event_log import Event
from cpsl_dev.tui.core_link import CoreLink
from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.span_widget import TextStyles
from tests.servers import DEADLINE_SECONDS, make_config, wait_until

W = TypeVar("W", bound=Widget)
_CSS = Path(__file__).parent.parent / "cpsl_dev" / "tui" / "app.tcss"
_numbers = count(1)
_BARS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"


def make_event(
    kind: str, *, session_id: str | None = "s1", turn: int | None = 1, **fields: Any
) -> Event:
    """Make an event; its number is higher than that of all before."""
    seq = fields.pop("seq", None) or next(_numbers)
    time = "2026-11-22T10:02:11.204Z"
    return Event(seq, time, kind, fields.pop("generation", 1), session_id, turn, fields)


class Stage(App[None]):
    """Shows one widget, and keeps the messages that come up from it."""

    CSS_PATH = _CSS

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.messages: list[Message] = []

    def compose(self) -> ComposeResult:
        """Build it."""
        yield TextStyles()
        yield self.widget

    def posted(self, kind: type[Message]) -> list[Message]:
        """Return the messages of a kind that were posted."""
        return [message for message in self.messages if isinstance(message, kind)]


@asynccontextmanager
async def show(
    widget: W, *, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[None], W]]:
    """Show a widget on its own."""
    stage = Stage(widget)
    async with stage.run_test(size=size, message_hook=stage.messages.append) as pilot:
        yield pilot, widget


def messages(pilot: Pilot[Any], kind: type[Message]) -> list[Any]:
    """Return the messages of a kind that a widget has posted."""
    app = pilot.app
    assert isinstance(app, Stage)
    seen: list[Message] = []
    for message in app.posted(kind):
        if not any(message is other for other in seen):
            seen.append(message)
    return seen


def text_of(app: App[Any]) -> str:
    """Return what stands on the screen, without the scrollbars at its right edge."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip(_BARS) for strip in lines)


@contextmanager
def core(folder: Path, **settings: Any) -> Iterator[CoreThread]:
    """Run a real server on `app.py` in a folder, in its own thread."""
    thread = CoreThread(make_config(folder, **settings))
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


@asynccontextmanager
async def screen(
    folder: Path, *, size: tuple[int, int] = (120, 35), **settings: Any
) -> AsyncIterator[tuple[Pilot[int], DevApp]]:
    """Show the real screen on a real server; the first load is over, and a session is open."""
    with core(folder, **settings) as thread:
        app = DevApp(CoreLink(thread), thread.server.config)
        async with app.run_test(size=size, notifications=True) as pilot:
            await wait_until(lambda: app.presenter.status.get("state") in ("ready", "failed"))
            await wait_until(lambda: app.presenter.conversation.session_id)
            yield pilot, app


def press(app: App[Any], x: int, y: int) -> None:
    """Press and release, as a terminal tells it."""
    for kind in (events.MouseDown, events.MouseUp):
        app.post_message(
            kind(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y)
        )


async def say(pilot: Pilot[int], text: str) -> None:
    """Write a message and send it."""
    pilot.app.query_one(ChatPane).prompt.put(text)
    await pilot.press("enter")


async def stop_server(app: DevApp) -> None:
    """Stop the server behind the screen."""
    await app._link._core.call(app._link._server.stop)


async def change_data(app: DevApp, data: JsonObject) -> None:
    """Change the data of the session that is shown, as someone else would."""
    session_id = app.presenter.conversation.session_id
    await app._link._core.call(app._link._server.patch_data, session_id, data)


async def shown(pilot: Pilot[Any], *texts: str, gone: str = "") -> None:
    """Wait until all the texts stand on the screen, and `gone` does not."""

    def holds() -> bool:
        found = text_of(pilot.app)
        return all(text in found for text in texts) and not (gone and gone in found)

    deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{texts} is not on the screen:\n{text_of(pilot.app)}")
        await pilot.pause(0.02)


async def click_text(pilot: Pilot[Any], text: str) -> None:
    """Click on the middle of a text that stands on the screen."""
    await shown(pilot, text)
    lines = text_of(pilot.app).splitlines()
    y = next(y for y, line in enumerate(lines) if text in line)
    at = lines[y].index(text)
    await pilot.click(offset=(cell_len(lines[y][:at]) + cell_len(text) // 2, y))


async def settled(pilot: Pilot[Any], holds: Callable[[], object], what: str = "") -> None:
    """Wait until something about the screen is true."""
    deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"it did not come true: {what}\n{text_of(pilot.app)}")
        await pilot.pause(0.02)
