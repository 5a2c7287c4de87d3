from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input

from cpsl_dev.exceptions import InvalidInput
from cpsl_dev.tui.screens.dialog import Dialog
from cpsl_dev.tui.widgets.facts import FactList
from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint
from cpsl_dev.tui.widgets.prompt import Prompt
from tests.screens import say, screen, settled, show, shown


class NameDialog(Dialog[str]):
    """Asks for a name."""

    def __init__(self, take: Callable[[], Awaitable[str]]) -> None:
        super().__init__("A name", (KeyHint("^S", "save", "save"), KeyHint("esc", "no", "close")))
        self._take = take

    def body(self) -> ComposeResult:
        yield Input("ann", compact=True)

    def action_save(self) -> None:
        self.submit(self._take, meanwhile="It waits.")


async def test_what_fails_is_said_and_what_was_typed_stays() -> None:
    outcomes: list[InvalidInput | str] = [InvalidInput("No such name [bold]."), "taken"]

    async def take() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, str):
            return outcome
        raise outcome

    answers: list[str | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(NameDialog(take), answers.append)
        await pilot.press("end", "a")
        await pilot.click(KeyBar, offset=(2, 0))
        await shown(pilot, "A name", "No such name [bold].", "anna")
        assert answers == []

        await pilot.click(KeyBar, offset=(2, 0))
        await settled(pilot, lambda: answers == ["taken"])


async def test_work_is_done_once_and_given_up_when_it_is_closed() -> None:
    began: list[bool] = []
    ended: list[str] = []

    async def take() -> str:
        began.append(True)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return "late"

    answers: list[str | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        dialog = NameDialog(take)
        await pilot.app.push_screen(dialog, answers.append)
        dialog.action_save()
        dialog.action_save()
        await shown(pilot, "It waits.")
        dialog.action_close()
        await settled(pilot, lambda: ended == ["cancelled"])

    assert (answers, began) == ([None], [True])


async def test_keys_belong_to_a_dialog_while_one_is_open(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        session_id = app.presenter.conversation.session_id
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")
        await pilot.press("f3", "E")
        await shown(pilot, "Edit the data")
        await pilot.press("ctrl+n", "ctrl+r", "ctrl+p", "f1", "f2", "ctrl+o", "f6")
        await pilot.press("end", "2")

        await shown(pilot, "Line 1, column ", gone="Commands")
        await pilot.press("escape", "escape", "A")
        await pilot.press(*"key", "tab", "1")
        await shown(pilot, "key 'key': a number")
        assert app.presenter.conversation.session_id == session_id
        assert len(app.screen_stack) == 2


async def test_key_that_opened_a_text_closes_it_and_a_draft_stays(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "fail")
        await shown(pilot, "✗ KeyError")
        await pilot.press(*"draft", "f8")
        await shown(pilot, "KeyError in turn 1")
        await pilot.press("ctrl+c", "f8")
        await shown(pilot, "✗ KeyError", gone="KeyError in turn 1")

        assert app.query_one(Prompt).text == "draft"
        assert len(app.screen_stack) == 1
