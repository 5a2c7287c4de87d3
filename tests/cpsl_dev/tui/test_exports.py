from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.screens.form import Form
from cpsl_dev.tui.widgets.inspector import Inspector
from tests.screens import say, screen, settled, shown


async def open_form(pilot: Pilot[int], app: DevApp) -> Input:
    """Have a turn, and ask for its session as a test."""
    await app.presenter.new_session("s1")
    await say(pilot, "one")
    await shown(pilot, "Saved note #1")
    app.query_one(Inspector).choose_tab("Turns")
    await pilot.press("f3", "x")
    await settled(pilot, lambda: isinstance(app.screen, Form))
    await shown(pilot, "Export s1 as a test")
    return app.screen.query_one("#file", Input)


async def test_session_is_written_as_a_test_that_passes(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        file = await open_form(pilot, app)
        assert file.value == "test_session_s1.py"
        await pilot.press("enter")
        await shown(pilot, "Wrote te", gone="Export s1")

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file.value]
    run = partial(subprocess.run, command, cwd=notebook, capture_output=True, text=True)
    done = await asyncio.to_thread(run)
    assert "1 passed" in done.stdout


async def test_file_that_exists_is_written_over_only_by_a_second_enter(notebook: Path) -> None:
    (notebook / "tests").mkdir()
    path = notebook / "tests" / "test_session_s1.py"
    path.write_text("mine", "utf-8")
    async with screen(notebook) as (pilot, app):
        file = await open_form(pilot, app)
        assert file.value == "tests/test_session_s1.py"
        await pilot.press("enter")
        await shown(pilot, "exists. Press enter again")
        assert path.read_text("utf-8") == "mine"
        await pilot.press("enter")
        await shown(pilot, "Wrote te", gone="Export s1")

        assert 'client.send("one", session="s1")' in path.read_text("utf-8")


async def test_place_that_cannot_be_is_told(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        file = await open_form(pilot, app)
        for name, text in (
            ("nowhere/test.py", "There is no folder for nowhere/test.py"),
            (".", "is a folder: name a file in it."),
            ("x" * 300, "File name too long"),
        ):
            file.value = name
            await pilot.press("enter")
            await shown(pilot, text)
        assert isinstance(app.screen, Form)


async def test_session_without_a_turn_is_not_exported(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await app.run_action("on_session('export')")

        await shown(pilot, "has no turn 1.")
