from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.widgets import TextArea

from cpsl_dev.exceptions import InvalidInput
from cpsl_dev.tui.screens.value_editor import ValueEditor
from cpsl_dev.tui.widgets.facts import FactList
from tests.screens import settled, show, shown


async def test_text_is_checked_while_it_is_typed_and_saved_when_it_is_json() -> None:
    saved: list[tuple[str, Any]] = []
    answers: list[bool | None] = []

    async def save(key: str, value: Any) -> None:
        saved.append((key, value))

    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(ValueEditor("Edit /n", "1", save), answers.append)
        await shown(pilot, "Edit /n", "a number")
        await pilot.press("end", "comma")
        await shown(pilot, "Line 1, column 2: ")
        await pilot.press("ctrl+s")
        assert saved == []

        await pilot.press("end", "backspace", "2", "ctrl+s")
        await settled(pilot, lambda: answers == [True])

    assert saved == [("", 12)]


@pytest.mark.parametrize(
    ("text", "typed", "value"),
    [('"Ann"', "Bo", "Bo"), ("12", "7", 7), ("null", "true", True), ("[2]", "1", None)],
)
async def test_plain_value_is_replaced_by_what_is_typed(text: str, typed: str, value: Any) -> None:
    saved: list[Any] = []

    async def save(key: str, value: Any) -> None:
        saved.append(value)

    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(ValueEditor("Edit", text, save))
        await settled(pilot, lambda: pilot.app.screen.query_one(TextArea).has_focus)
        await pilot.press(*typed, "ctrl+s")
        if value is None:
            # What has parts is not thrown away by a key.
            await shown(pilot, "1[2]", "Line 1, column 2: ")
            return
        await settled(pilot, lambda: saved)

    assert saved == [value]


async def test_keys_that_are_still_on_their_way_are_saved_too() -> None:
    saved: list[Any] = []

    async def save(key: str, value: Any) -> None:
        saved.append(value)

    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(ValueEditor("Edit /n", "1", save))
        await settled(pilot, lambda: pilot.app.screen.query_one(TextArea).has_focus)
        for key, character in (("4", "4"), ("2", "2"), ("ctrl+s", None)):
            pilot.app.post_message(events.Key(key, character))
        await settled(pilot, lambda: saved)

    assert saved == [42]


async def test_cursor_goes_to_what_is_wrong() -> None:
    async def save(key: str, value: Any) -> None:
        raise AssertionError("nothing is saved")

    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(ValueEditor("Edit /n", '[\n  1\n  "x"\n]', save))
        await pilot.press("ctrl+s")
        await shown(pilot, "Line 3, column 3: ")

        area = pilot.app.screen.query_one(TextArea)
        assert area.cursor_location == (2, 2)


async def test_key_is_asked_for_and_told() -> None:
    saved: list[tuple[str, Any]] = []

    async def save(key: str, value: Any) -> None:
        saved.append((key, value))
        if len(saved) == 1:
            raise InvalidInput("There is such a key.")

    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(ValueEditor("Add", "", save, asks_key=True))
        await shown(pilot, "There is no value yet")
        await pilot.press(*"a/b", "enter", "quotation_mark", "x", "quotation_mark")
        await shown(pilot, "key 'a/b': a text")
        await pilot.press("ctrl+s")
        await shown(pilot, "There is such a key.", '"x"', "a/b")
        await pilot.press("shift+tab", "end", "2", "ctrl+s")
        await settled(pilot, lambda: len(saved) == 2)

    assert saved == [("a/b", "x"), ("a/b2", "x")]


async def test_what_was_typed_is_not_lost_by_one_escape() -> None:
    async def save(key: str, value: Any) -> None:
        raise AssertionError("nothing is saved")

    answers: list[bool | None] = []
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(ValueEditor("Edit", "1", save), answers.append)
        await pilot.press("escape")
        await settled(pilot, lambda: answers == [None])

        await pilot.app.push_screen(ValueEditor("Edit", "1", save), answers.append)
        await pilot.press("end", "2", "escape")
        await shown(pilot, "This is not saved. Press esc again to leave it.")
        assert answers == [None]
        await pilot.press("3")
        await shown(pilot, "a number")
        await pilot.press("escape", "escape")
        await settled(pilot, lambda: answers == [None, None])
