from __future__ import annotations

from cpsl_dev.tui.widgets.key_bar import KeyBar, KeyHint
from tests.screens import click_text, messages, show, shown, text_of

HINTS = (KeyHint("e", "edit", "edit_value"), KeyHint("^S", "save", "save"))


async def test_click_on_a_key_does_what_it_does() -> None:
    async with show(KeyBar(HINTS), size=(40, 5)) as (pilot, _):
        line = text_of(pilot.app).splitlines()[0]
        assert line.startswith(" e edit  ^S save")

        await pilot.click(KeyBar, offset=(line.index("save") + 3, 0))
        await pilot.click(KeyBar, offset=(line.index("e"), 0))
        await pilot.click(KeyBar, offset=(30, 0))

        pressed = [message.action for message in messages(pilot, KeyBar.Pressed)]
        assert pressed == ["save", "edit_value"]


async def test_click_beside_the_keys_does_nothing() -> None:
    async with show(KeyBar(HINTS), size=(40, 5)) as (pilot, bar):
        bar.styles.padding = (0, 2)
        await shown(pilot, "   e edit")

        await pilot.click(KeyBar, offset=(1, 0))
        await pilot.click(KeyBar, offset=(2, 0))

        assert [message.action for message in messages(pilot, KeyBar.Pressed)] == ["edit_value"]


async def test_bar_without_keys_takes_no_room() -> None:
    async with show(KeyBar(), size=(40, 5)) as (pilot, bar):
        assert not bar.display

        bar.show(HINTS)
        await shown(pilot, "e edit")
        bar.show(())
        assert not bar.display


async def test_keys_stand_closer_where_room_is_short() -> None:
    async with show(KeyBar(HINTS), size=(15, 5)) as (pilot, _):
        line = text_of(pilot.app).splitlines()[0]
        assert line.startswith(" e edit ^S save")

        await pilot.click(KeyBar, offset=(line.index("save"), 0))
        assert [message.action for message in messages(pilot, KeyBar.Pressed)] == ["save"]


async def test_key_stands_in_its_word_where_there_is_hardly_room() -> None:
    hints = (KeyHint("e", "edit", "edit_value"), KeyHint("d", "delete", "delete"))
    async with show(KeyBar((*hints, KeyHint("u", "back", "undo"))), size=(20, 5)) as (pilot, bar):
        line = text_of(pilot.app).splitlines()[0]
        assert line.startswith(" edit delete u back")
        keys = [text for text, styles in bar.lines(20)[0] if "accent" in styles]
        assert keys == ["e", "d", "u"]

        await click_text(pilot, "delete")
        await click_text(pilot, "u back")
        pressed = [message.action for message in messages(pilot, KeyBar.Pressed)]
        assert pressed == ["delete", "undo"]
