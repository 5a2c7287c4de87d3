from __future__ import annotations

from cpsl_dev.tui.actions import ACTIONS, COMMANDS
from cpsl_dev.tui.key_names import key_name
from cpsl_dev.tui.screens.help import HelpScreen, help_facts
from cpsl_dev.tui.widgets.facts import FactList
from tests.screens import click_text, settled, show, shown


def test_every_key_and_command_is_explained() -> None:
    text = "\n".join(f"{name} {value}" for name, value in help_facts())

    for action in ACTIONS:
        if action.keys and action.is_listed:
            assert key_name(action.keys) in text
            assert action.title in text
    for command in COMMANDS:
        assert command.usage in text


async def test_help_closes_by_key() -> None:
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(HelpScreen())
        await shown(pilot, "Keys and commands", "Commands. Find anything that can be done.")

        await pilot.press("escape")
        await pilot.pause()

        assert not isinstance(pilot.app.screen, HelpScreen)


async def test_help_closes_by_mouse() -> None:
    async with show(FactList(id="facts")) as (pilot, _):
        await pilot.app.push_screen(HelpScreen())

        await click_text(pilot, "esc close")

        await settled(pilot, lambda: not isinstance(pilot.app.screen, HelpScreen))
