from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.widgets import Input

from cpsl_dev.exceptions import InvalidInput
from cpsl_dev.tui.screens.form import Field, Form
from cpsl_dev.tui.widgets.facts import FactList
from tests.screens import settled, show, shown

FIELDS = (Field(name="id", label="id", value="s1"), Field(name="user", label="user", hint="who"))


async def test_wrong_field_gets_the_cursor_and_keeps_what_was_typed() -> None:
    taken: list[Mapping[str, str]] = []

    async def take(values: Mapping[str, str]) -> str:
        taken.append(values)
        if values["user"] == "bad":
            raise InvalidInput("No such [user].", "/user/id")
        return values["id"]

    answers: list[str | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        form = Form("New", FIELDS, take, do="make it")
        await pilot.app.push_screen(form, answers.append)
        await shown(pilot, "New", "id", "s1", "who", "enter make it  esc close")
        await pilot.press("tab", *"bad", "shift+tab", "enter")
        await shown(pilot, "No such [user].", "bad")
        await settled(pilot, lambda: form.query_one("#user", Input).has_focus)
        await pilot.press("end", "ctrl+u", *"ann", "ctrl+s")
        await settled(pilot, lambda: answers == ["s1"])

    assert taken == [{"id": "s1", "user": "bad"}, {"id": "s1", "user": "ann"}]


async def test_keys_that_are_still_on_their_way_are_taken_too() -> None:
    taken: list[str] = []

    async def take(values: Mapping[str, str]) -> str:
        taken.append(values["id"])
        return ""

    async with show(FactList(id="facts")) as (pilot, _):
        form = Form("New", FIELDS, take, do="make it")
        await pilot.app.push_screen(form)
        await settled(pilot, lambda: form.query_one("#id", Input).has_focus)
        await pilot.press("end")
        for key, character in (("2", "2"), ("3", "3"), ("ctrl+s", None)):
            pilot.app.post_message(events.Key(key, character))
        await settled(pilot, lambda: taken)

    assert taken == ["s123"]


async def test_escape_takes_nothing() -> None:
    async def take(values: Mapping[str, str]) -> str:
        raise AssertionError("nothing is taken")

    answers: list[str | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(Form("New", FIELDS, take, do="make it"), answers.append)
        await pilot.press("x", "escape")
        await settled(pilot, lambda: answers == [None])
