from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual.app import App, SystemCommand
from textual.screen import Screen

from cpsl_dev.tui.command_search import CommandSearch
from tests.screens import screen, settled, shown

TITLES = ("Replay on save", "Pinned [notes", "Quit")
EXPLAINED = ("Pin this session: each reload replays it.", "Show them.", "Leave; sessions stay.")


class Commands(App[None]):
    COMMANDS: ClassVar[set[Any]] = {CommandSearch}

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for title, explained in zip(TITLES, EXPLAINED, strict=True):
            yield SystemCommand(title, explained, self.bell)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("quit", ["Quit"]),
        # What is in a title comes before what is only said about a command.
        ("pin", ["Pinned [notes", "Replay on save"]),
        ("SESSION pin", ["Replay on save"]),
        ("sessions", ["Quit"]),
        ("ch", []),
        ("each", ["Replay on save"]),
        ("nothing of this", []),
    ],
)
async def test_commands_are_found_by_title_and_explanation(query: str, found: list[str]) -> None:
    app = Commands()
    async with app.run_test():
        search = CommandSearch(app.screen)

        hits = [hit async for hit in search.search(query)]

    hits.sort(key=lambda hit: -hit.score)
    assert [str(hit.text) for hit in hits] == found


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
