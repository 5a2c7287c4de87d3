"""Code that blocks the loop of a real worker, seen and ended from the screen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cpsl_dev.tui.stuck import Stuck
from cpsl_dev.tui.widgets.stuck_banner import StuckBanner
from tests.conftest import MakeApp
from tests.screens import make_event, say, screen, show, shown

APP = """
    import time
    from pathlib import Path

    import cpsl

    app = cpsl.App(name="blocking", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "block":
            while not Path("go").exists():
                time.sleep(0.02)
        await session.reply(f"echo {message.text}")
"""


@pytest.fixture
def blocking(make_app: MakeApp) -> Path:
    return make_app(APP)


async def block(pilot: Pilot[int]) -> None:
    """Have the app stuck."""
    await say(pilot, "block")
    await shown(pilot, "The app is stuck")


async def test_stuck_code_is_shown_within_a_second_until_it_goes_on(blocking: Path) -> None:
    async with screen(blocking) as (pilot, _):
        await say(pilot, "block")
        began = time.monotonic()
        await shown(pilot, "The app is stuck at app.py:1", "[esc: cancel the turn]")
        took = time.monotonic() - began
        (blocking / "go").touch()

        await shown(pilot, "echo block", gone="The app is stuck")
        # The half second that counts as stuck, and a machine that is busy.
        assert took < 2.5


async def test_escape_cancels_the_turn_that_is_stuck_in_any_session(blocking: Path) -> None:
    async with screen(blocking) as (pilot, _):
        await say(pilot, "/new first")
        await shown(pilot, "Chat · first")
        await block(pilot)
        await say(pilot, "/new second")
        await shown(pilot, "Chat · second")
        await pilot.press("escape")
        await shown(pilot, "turn.interrupted", gone="The app is stuck")

        await say(pilot, "hello")
        await shown(pilot, "echo hello")


async def test_key_and_mouse_restart_the_worker(blocking: Path) -> None:
    async with screen(blocking) as (pilot, app):
        await block(pilot)
        await pilot.press("ctrl+t")
        await shown(pilot, "⚠ interrupted", "gen 2", gone="The app is stuck")
        await shown(pilot, "A new worker serves")

        await block(pilot)
        row = app.query_one(StuckBanner).query_one("#stuck-buttons")
        await pilot.click(row, offset=(28, 0))
        await shown(pilot, "gen 3", gone="The app is stuck")
        await say(pilot, "hello")
        await shown(pilot, "echo hello")


async def test_worker_goes_on_when_there_is_no_code_for_another(
    blocking: Path, make_app: MakeApp
) -> None:
    async with screen(blocking) as (pilot, _):
        await block(pilot)
        make_app("import cpsl\nnonsense")
        await shown(pilot, "✗ failed", "NameError")
        await pilot.press("ctrl+t")
        await shown(pilot, "The app cannot be loaded now, so the worker goes on.")
        (blocking / "go").touch()

        await shown(pilot, "echo block", gone="The app is stuck")


async def test_worker_that_does_not_let_go_matters_no_more_when_its_turns_are_over() -> None:
    nobody: Any = None
    async with show(StuckBanner()) as (_, banner):
        stuck = Stuck(nobody, nobody, banner, nobody)
        turns = [["s1", 1], ["s2", 4]]
        stuck.take(make_event("worker.blocked", pid=7, file="app.py", line=3, turns=turns))
        stuck.take(make_event("turn.interrupted", session_id="s1", turn=1))
        assert banner.display

        stuck.take(make_event("turn.failed", session_id="s2", turn=4))
        assert not banner.display
