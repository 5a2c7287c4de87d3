from __future__ import annotations

from dataclasses import replace

import pytest

from cpsl_dev.tui.screens.story_screens import ReplayScreen, TurnScreen
from cpsl_dev.tui.turn_story import TurnStory
from cpsl_dev.tui.widgets.facts import FactList
from tests.cpsl_dev.tui.test_turn_story import STORY, TURN
from tests.screens import settled, show, shown


@pytest.mark.parametrize(
    ("key", "answer"), [("w", "rewind"), ("f", "fork"), ("r", "replay"), ("escape", None)]
)
async def test_turn_is_shown_and_something_done_with_it(key: str, answer: str | None) -> None:
    answers: list[str | None] = []
    async with show(FactList(id="facts"), size=(100, 30)) as (pilot, _):
        screen = TurnScreen(TurnStory(record=TURN, before={}, after={}))
        await pilot.app.push_screen(screen, answers.append)
        await shown(pilot, "Turn 3 · done · gen 2", "buy coffee", "Saved note #1", "w rewind")
        await pilot.press("y")
        await shown(pilot, "The turn is copied as JSON.")
        assert '"session_id": "s1"' in pilot.app.clipboard
        await pilot.press(key)
        await settled(pilot, lambda: answers == [answer])


@pytest.mark.parametrize(
    ("key", "answer"),
    [("k", True), ("f10", True), ("d", False), ("f12", False), ("escape", None)],
)
async def test_replay_is_kept_or_dropped(key: str, answer: bool | None) -> None:
    answers: list[bool | None] = []
    async with show(FactList(id="facts"), size=(100, 30)) as (pilot, _):
        await pilot.app.push_screen(ReplayScreen(STORY), answers.append)
        await shown(pilot, "Replay of turn 3 · the same", "k keep")
        await pilot.press(key)
        await settled(pilot, lambda: answers == [answer])


async def test_replay_of_an_earlier_turn_cannot_be_kept() -> None:
    answers: list[bool | None] = []
    async with show(FactList(id="facts"), size=(100, 30)) as (pilot, _):
        screen = ReplayScreen(replace(STORY, is_last=False))
        await pilot.app.push_screen(screen, answers.append)
        await shown(pilot, "It is not the last turn: rewind to it before", gone="k keep")
        await pilot.press("k")
        await pilot.press("d")
        await settled(pilot, lambda: answers == [False])
