"""The keys of the chat; what they lead to is tested with those whose subject it is."""

from __future__ import annotations

from pathlib import Path

from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.prompt import Prompt
from cpsl_dev.tui.widgets.question_strip import QuestionStrip
from tests.screens import say, screen, settled, shown


async def test_question_is_gone_to_from_another_pane(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        await say(pilot, "approve Deploy?")
        await shown(pilot, "? Deploy?")
        await pilot.press("f4", "f7")
        await shown(pilot, "block.shown", gone="? Deploy?")

        await pilot.press("ctrl+g")
        await shown(pilot, "? Deploy?")
        await settled(pilot, lambda: app.query_one(QuestionStrip).has_focus_within)


async def test_key_of_a_suggestion_is_no_text(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        await pilot.press("a", "alt+9", "b")
        await shown(pilot, "The app suggests nothing with that number.")

        assert app.query_one(Prompt).text == "ab"


async def test_message_that_is_sent_comes_into_sight(notebook: Path) -> None:
    async with screen(notebook, size=(80, 24)) as (pilot, app):
        for number in range(6):
            await say(pilot, f"note {number}")
            await shown(pilot, f"Saved note #{number + 1}: note {number}")
        await pilot.press("pageup")
        await settled(pilot, lambda: not app.query_one(ChatPane).log_view.is_following)

        await say(pilot, "another one")

        await shown(pilot, "Saved note #7: another one")
