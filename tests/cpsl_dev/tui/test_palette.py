from __future__ import annotations

from pathlib import Path

from tests.screens import screen, settled, shown


async def test_action_is_found_by_what_it_does(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("ctrl+p", *"pin this")
        await shown(pilot, "Replay on save   F6")
        await pilot.press("enter")

        await shown(pilot, f"{app.presenter.conversation.session_id} is pinned")


async def test_titles_come_before_explanations(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("ctrl+p", *"reload")
        # Others tell in their explanation that they reload.
        await shown(pilot, "Reload   F5", "Replay on save   F6")
        await pilot.press("enter")

        await settled(pilot, lambda: app.presenter.status.get("generation") == 2)
