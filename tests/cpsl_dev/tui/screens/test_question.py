from __future__ import annotations

import pytest

from cpsl_dev.tui.screens.question import Question
from cpsl_dev.tui.widgets.facts import FactList
from cpsl_dev.tui.widgets.key_bar import KeyBar
from tests.screens import settled, show, shown


@pytest.mark.parametrize(
    ("key", "answer"), [("y", True), ("enter", True), ("n", None), ("escape", None)]
)
async def test_key_answers(key: str, answer: bool | None) -> None:
    answers: list[bool | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        question = Question("Rewind to turn 3", "2 turns go: 4, 5.", yes="rewind")
        await pilot.app.push_screen(question, answers.append)
        await shown(pilot, "Rewind to turn 3", "2 turns go: 4, 5.", "y rewind  n no")
        await pilot.press(key)
        await settled(pilot, lambda: answers == [answer])


async def test_mouse_answers() -> None:
    answers: list[bool | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(Question("Go", "Really?", yes="go"), answers.append)
        await shown(pilot, "Really?")
        await pilot.click(KeyBar, offset=(3, 0))
        await settled(pilot, lambda: answers == [True])


async def test_sentence_that_is_typed_is_no_answer() -> None:
    answers: list[bool | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(Question("Go", "Really?", yes="go"), answers.append)
        await shown(pilot, "Really?")
        # After the w of `how are you`, which asks for a rewind in the list of turns.
        await pilot.press(*" are y")
        await shown(pilot, "Was that meant for here? Once more: y, go.")
        assert answers == []

        await pilot.press("y")
        await settled(pilot, lambda: answers == [True])
