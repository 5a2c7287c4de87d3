"""The main states of the screen, as pictures.

`CPSL_SNAPSHOTS=write python -m pytest tests/cpsl_dev/tui/test_snapshots.py` makes them anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from textual.pilot import Pilot

from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.inspector import Inspector
from tests.conftest import MakeApp
from tests.screens import say, settled, shown
from tests.snapshots import FOLDER, check_snapshot, still, still_screen, text_of_svg

APP = """
    import asyncio

    import cpsl

    app = cpsl.App(name="notebook", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        text = message.text
        if text == "stream":
            await session.notify("Thinking")
            async with session.stream_reply() as reply:
                reply.write("A list:\\n\\n- **coffee**\\n- `milk`\\n\\nand")
                await asyncio.sleep(60)
        notes = session.data.setdefault("notes", [])
        notes.append(text)
        session.data["last"] = {"text": text, "count": len(notes)}
        await session.reply(f"Saved note #{len(notes)}: **{text}**")
"""
SIZE = (100, 30)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Show times in UTC, whatever the zone of the machine."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def begin(pilot: Pilot[int], app: DevApp, *texts: str) -> None:
    """Say something, and wait until all of it is answered and drawn."""
    app.query_one(ChatPane).prompt.cursor_blink = False
    app.query_one(EventPane).choose_group("data")
    for number, text in enumerate(texts):
        await say(pilot, text)
        await shown(pilot, f"Saved note #{number + 1}: {text}")
    await drawn(pilot, app)


async def drawn(pilot: Pilot[int], app: DevApp) -> None:
    """Wait until nothing is left to be laid out or read."""
    log = app.query_one(ChatPane).log_view

    def is_drawn() -> bool:
        # What is hidden is never laid out.
        tasks = [refresh._task for refresh in app.presenter._refreshes.values()]
        at_work = any(task is not None and not task.done() for task in tasks)
        return (log.is_laid_out or not log.size.width) and not at_work

    await settled(pilot, is_drawn)
    await pilot.pause()


async def test_ready(make_app: MakeApp) -> None:
    async with still_screen(make_app(APP), size=SIZE) as (pilot, app):
        await begin(pilot, app, "buy coffee", "send proposal")

        check_snapshot(app, "ready")


async def test_streaming(make_app: MakeApp) -> None:
    async with still_screen(make_app(APP), size=SIZE) as (pilot, app):
        await begin(pilot, app, "buy coffee")
        await say(pilot, "stream")
        await shown(pilot, "• coffee", "and")
        await drawn(pilot, app)

        check_snapshot(app, "streaming")


async def test_failed_reload(make_app: MakeApp) -> None:
    async with still_screen(make_app(APP), size=SIZE) as (pilot, app):
        await begin(pilot, app, "buy coffee")
        make_app(APP.replace("text = message.text", "text = (message.text"))
        await shown(pilot, "answers come from generation 1 until this is fixed", "✗ failed")
        await drawn(pilot, app)

        check_snapshot(app, "failed-reload")


async def test_turn_with_its_diff(make_app: MakeApp) -> None:
    async with still_screen(make_app(APP), size=(100, 40)) as (pilot, app):
        await begin(pilot, app, "buy coffee", "send proposal")
        app.query_one(Inspector).run_in_tab("Turns", "choose")
        await shown(pilot, "Turn 2 · done", "turn.finished")
        await drawn(pilot, app)

        check_snapshot(app, "turn")


async def test_replay_on_save(make_app: MakeApp) -> None:
    async with still_screen(make_app(APP), size=SIZE) as (pilot, app):
        await begin(pilot, app, "buy coffee")
        await pilot.press("f6")
        make_app(APP.replace("Saved note", "Kept note"))
        await shown(pilot, "replies differ", "+ Kept note #1", "● ready")
        await drawn(pilot, app)

        check_snapshot(app, "replay-on-save")


async def test_narrow(make_app: MakeApp) -> None:
    async with still_screen(make_app(APP), size=(60, 20)) as (pilot, app):
        await begin(pilot, app, "buy coffee", "send proposal")

        check_snapshot(app, "narrow")
        await pilot.press("f3")
        await shown(pilot, "▾ notes  [2]")
        await drawn(pilot, app)
        check_snapshot(app, "narrow-inspector")


def test_what_varies_is_replaced_however_deep() -> None:
    value = {"pid": 7, "error": None, "turns": [{"duration_ms": 3.5, "first_reply_ms": None}]}

    assert still(value) == {
        "pid": 4242,
        "error": None,
        "turns": [{"duration_ms": 4.0, "first_reply_ms": None}],
    }


def test_text_of_a_picture_is_read_in_its_columns() -> None:
    lines = text_of_svg((FOLDER / "narrow-inspector.svg").read_text("utf-8"))

    assert any(line.startswith(" ▾ notes  [2]") for line in lines)
    assert max(map(len, lines)) <= 60
