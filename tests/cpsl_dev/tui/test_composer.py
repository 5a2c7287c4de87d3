"""What is typed reaches the app or does something here; `test_dev_app` tries every command."""

from __future__ import annotations

from pathlib import Path

import orjson

from cpsl_dev.tui.widgets.prompt import Prompt
from tests.screens import say, screen, settled, shown


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
        core = app._link._core
        await core.call(core.server.stop)
        prompt = app.query_one(Prompt)
        app._presenter._is_open.clear()  # type: ignore[union-attr]
        await say(pilot, "lost?")
        await pilot.press("n", "e", "w")
        app._presenter._is_open.set()  # type: ignore[union-attr]

        await settled(pilot, lambda: app._notifications)
        assert prompt.text == "new"
