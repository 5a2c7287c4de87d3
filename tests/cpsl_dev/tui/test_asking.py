"""Prompts of a real app, answered from the screen."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from cpsl_dev.tui.widgets.prompt import Prompt
from cpsl_dev.tui.widgets.question_strip import QuestionStrip
from tests.screens import say, screen, settled, shown, text_of


async def test_approval_is_given_by_key_and_by_mouse(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        await say(pilot, "approve Deploy?")
        await shown(pilot, "The app asks", "? Deploy?", "[y: Ship it]", "[n: Reject]")
        await pilot.press("y")
        assert app.query_one(Prompt).text == "y"

        await pilot.press("ctrl+g", "y")
        await shown(pilot, "approved: True", gone="The app asks")
        assert app.query_one(Prompt).has_focus
        assert app.query_one(Prompt).text == "y"

        await say(pilot, "approve Again?")
        await shown(pilot, "? Again?", "[n: Reject]")
        await pilot.click("#questions ButtonRow", offset=(17, 0))
        await shown(pilot, "approved: False", gone="The app asks")


async def test_wrong_path_is_refused_and_stays_to_be_corrected(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        await say(pilot, "file")
        await shown(pilot, "? Which list?", "(.csv)", "[Send the file]")
        await pilot.press("ctrl+g", *"lists/two.csv", "enter")
        await shown(pilot, "lists/two.csv cannot be read: No such file or directory")
        path = app.query_one(QuestionStrip).query_one(Input)
        assert path.value == "lists/two.csv"

        await pilot.press("ctrl+u", *"li", "tab")
        await settled(pilot, lambda: path.value == "lists/")
        await pilot.press("tab")
        await settled(pilot, lambda: path.value == "lists/one.csv")
        await pilot.press("enter")

        await shown(pilot, "got one.csv of 3", gone="The app asks")


async def test_tab_of_the_chat_tells_of_a_question_behind_it(asking: Path) -> None:
    async with screen(asking, size=(70, 22)) as (pilot, _):
        await say(pilot, "approve Deploy?")
        await pilot.press("f4")
        await shown(pilot, " Chat ?  Inspector", "block.shown", gone="The app asks")

        await pilot.press("ctrl+g")
        await shown(pilot, "The app asks", "? Deploy?")
        await pilot.press("y")
        await shown(pilot, " Chat  Inspector", "approved: True")


async def test_several_questions_come_one_after_another(asking: Path) -> None:
    async with screen(asking) as (pilot, _):
        await say(pilot, "two")
        await shown(pilot, "The app asks · 1 of 2", "? First?")
        await pilot.press("ctrl+g", "ctrl+g")
        await shown(pilot, "The app asks · 2 of 2", "? Second?")
        await pilot.press("right", "enter")
        await shown(pilot, "? First?", "✗ Reject", gone="2 of 2")
        await pilot.press("ctrl+g", "y")

        await shown(pilot, "both: [True, False]", gone="The app asks")


async def test_account_is_connected_and_its_token_never_shown(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        await say(pilot, "token")
        await shown(pilot, "? Connect github: To read.", "token:", "[Decline]")
        await pilot.press("ctrl+g", *"ghp_secret", "enter")
        await shown(pilot, "token of 10", gone="The app asks")
        assert "ghp_secret" not in text_of(app)

        await say(pilot, "keys")
        await shown(pilot, "access_key_id:", "region:")
        await pilot.press("ctrl+g", *"a", "enter", *"b", "enter", "enter")
        await shown(pilot, "The field 'region' is missing.")
        await pilot.press(*"eu", "enter")
        await shown(pilot, "region eu", gone="The app asks")


async def test_question_goes_with_its_turn_and_with_its_time(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        await say(pilot, "approve Deploy?")
        await shown(pilot, "? Deploy?")
        await pilot.press("ctrl+g", "escape", "escape")
        await shown(pilot, "interrupted", gone="The app asks")
        assert app.query_one(Prompt).has_focus

        await say(pilot, "approve soon")
        await shown(pilot, "approved: False", gone="The app asks")
        await pilot.press("ctrl+g")
        await shown(pilot, "The app asks nothing now.")


async def test_question_in_another_session_is_told_of_and_waits_there(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        await say(pilot, "/new first")
        await shown(pilot, "Chat · first")
        await say(pilot, "approve Deploy?")
        await shown(pilot, "? Deploy?")
        await say(pilot, "/new second")
        await shown(pilot, "Chat · second", "1 unread", gone="The app asks")
        await shown(pilot, "Session 'first' asks: Deploy? ^O leads there.")
        await pilot.press("ctrl+g")
        await shown(pilot, "Session 'first' asks something: /session first")

        await app.presenter.open_session("first")
        await shown(pilot, "? Deploy?", gone="1 unread")
        await pilot.press("ctrl+g", "y")
        await shown(pilot, "approved: True", gone="The app asks")


async def test_question_that_waited_before_the_screen_is_shown(asking: Path) -> None:
    async with screen(asking) as (pilot, app):
        core = app._link._core
        await core.call(core.server.send, "outside", "approve Deploy?", source="http")
        await app.presenter.open_session("outside")

        await shown(pilot, "? Deploy?", "[y: Ship it]")


async def test_question_can_be_answered_in_a_small_terminal(asking: Path) -> None:
    async with screen(asking, size=(60, 20)) as (pilot, _):
        await say(pilot, "approve " + "Deploy all of it to production? " * 40)
        await shown(pilot, "? Deploy all of it", "[y: Ship it]", "…")
        await pilot.press("f4", "ctrl+g", "y")
        await shown(pilot, "approved: True")


async def test_block_that_only_looks_like_a_prompt_harms_nobody(asking: Path) -> None:
    async with screen(asking) as (pilot, _):
        await say(pilot, "odd")
        await shown(pilot, "shown", "? [1]", "[y: {'a': None}]")
        await pilot.press("ctrl+g", "y")
        await shown(pilot, "✗ Block 'odd' of session", "does not wait for an answer")
        await pilot.press("y")
        await shown(pilot, "shown", gone="The app asks")
        await say(pilot, "hello")
        await shown(pilot, "echo hello")
