"""What is typed reaches the app or does something here; `test_dev_app` tries every command."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from textual.pilot import Pilot

from cpsl_dev.tui.widgets.prompt import Prompt
from tests.conftest import MakeApp
from tests.screens import say, screen, settled, shown, stop_server


async def test_command_that_cannot_be_done_says_why(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await say(pilot, "/new not/an id")
        await shown(pilot, "cannot be the id of a session")


async def test_what_was_sent_is_kept_on_disk(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "first")
        await shown(pilot, "Saved note #1: first")
        path = app._config.data_dir / "input-history.jsonl"
        await settled(pilot, path.is_file)

        assert [orjson.loads(line) for line in path.read_bytes().splitlines()] == ["first"]
        assert path.stat().st_mode & 0o077 == 0


async def test_message_that_was_not_taken_does_not_replace_what_is_typed_now(
    notebook: Path,
) -> None:
    async with screen(notebook) as (pilot, app):
        await stop_server(app)
        prompt = app.query_one(Prompt)
        app._presenter._is_open.clear()  # type: ignore[union-attr]
        await say(pilot, "lost?")
        await pilot.press("n", "e", "w")
        app._presenter._is_open.set()  # type: ignore[union-attr]

        await settled(pilot, lambda: app._notifications)
        assert prompt.text == "new"


APP = """
    import cpsl

    app = cpsl.App(name="files", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        for file in message.attachments or []:
            await file.download("taken")
            with open("taken") as taken:
                await session.reply(f"{file.name} {file.content_type} {file.size}: {taken.read()}")
        await session.reply(f"text: {message.text!r}")
"""


@pytest.fixture
def filing(make_app: MakeApp) -> Path:
    return make_app(APP, {"lists/one.csv": "1,2", "lists/two.txt": "two"})


async def attach(pilot: Pilot[int], name: str) -> None:
    """Let a file go with the next message."""
    await say(pilot, f"/attach lists/{name}")
    await shown(pilot, f"[+ {name} ✕]")


async def test_files_go_with_the_next_message(filing: Path) -> None:
    async with screen(filing) as (pilot, _):
        await attach(pilot, "one.csv")
        await attach(pilot, "two.txt")
        await shown(pilot, "[+ one.csv ✕]  [+ two.txt ✕]")
        await say(pilot, "here")

        await shown(pilot, "one.csv text/csv 3: 1,2", "two.txt text/plain 3: two", "text: 'here'")
        await shown(pilot, "+ one.csv", gone="✕")


async def test_file_is_taken_back_by_mouse_and_by_key_and_needs_no_text(filing: Path) -> None:
    async with screen(filing) as (pilot, app):
        await attach(pilot, "one.csv")
        await attach(pilot, "two.txt")
        await shown(pilot, "[+ one.csv ✕]  [+ two.txt ✕]")
        await pilot.click("#attachments", offset=(6, 0))
        await shown(pilot, "[+ two.txt ✕]", gone="[+ one.csv")
        app.query_one(Prompt).focus()
        await pilot.press("enter")
        await shown(pilot, "two.txt text/plain 3: two", "text: ''", gone="✕")

        await attach(pilot, "one.csv")
        app.query_one(Prompt).focus()
        await pilot.press("shift+tab", "enter")
        await shown(pilot, "text: ''", gone="✕")
        assert app.query_one(Prompt).has_focus


async def test_path_is_completed_and_a_wrong_one_stays_typed(filing: Path) -> None:
    async with screen(filing) as (pilot, app):
        prompt = app.query_one(Prompt)
        await pilot.press(*"/attach li")
        await shown(pilot, "/attach lists/")
        await pilot.press("tab")
        await settled(pilot, lambda: prompt.text == "/attach lists/")
        await shown(pilot, "/attach lists/one.csv", "/attach lists/two.txt")
        await pilot.press(*"none", "enter")
        await shown(pilot, "lists/none cannot be read: No such file")
        assert prompt.text == "/attach lists/none"
        await say(pilot, "/attach")
        await shown(pilot, "Which file? Write /attach and its path")


async def test_files_of_the_dev_server_are_refused(filing: Path) -> None:
    async with screen(filing) as (pilot, _):
        await say(pilot, "/attach .cpsl/state.db")
        await shown(pilot, "/attach .cpsl/state.db")
        await say(pilot, "/attach .cpsl")
        await shown(pilot, "is not a file.")


async def test_message_that_is_refused_keeps_its_files(filing: Path) -> None:
    async with screen(filing) as (pilot, app):
        await attach(pilot, "one.csv")
        await stop_server(app)
        await say(pilot, "lost?")

        await settled(pilot, lambda: app.query_one(Prompt).text == "lost?")
        await shown(pilot, "[+ one.csv ✕]")


async def buy_coffee(pilot: Pilot[int]) -> None:
    """Have a turn that can be gone back from."""
    await say(pilot, "buy coffee")
    await shown(pilot, "Saved note #1: buy coffee")


async def test_session_is_reset_after_a_question(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await buy_coffee(pilot)
        await say(pilot, "/reset")
        await shown(pilot, "Rewind to turn 0", "1 turn goes: 1.")
        await pilot.press("n")
        await shown(pilot, "Saved note #1: buy coffee", gone="Rewind to turn 0")
        await say(pilot, "/reset")
        await shown(pilot, "Rewind to turn 0")
        await pilot.press("y")

        await shown(pilot, "Type a message below", "○ gone", gone="gen 1 · ")
        await say(pilot, "tea")
        await shown(pilot, "Saved note #1: tea")


async def test_last_turn_is_replayed(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await buy_coffee(pilot)
        await say(pilot, "/replay")
        await shown(pilot, "Replay of turn 1")
