from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.tui.actions import ACTIONS
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.footer_bar import FooterBar
from cpsl_dev.tui.widgets.key_bar import KeyBar
from tests.screens import click_text, messages, screen, settled, show, shown, text_of


async def test_all_keys_stand_there_in_their_order() -> None:
    words = [action.footer for action in ACTIONS if action.footer and not action.pane]
    async with show(FooterBar(), size=(120, 5)) as (pilot, _):
        line = text_of(pilot.app).splitlines()[-1]

    assert [word for word in line.split() if word in words] == words
    assert line.startswith(" ^P commands  F1 help")


@pytest.mark.parametrize("width", range(60, 121, 3))
async def test_nothing_is_cut_and_the_way_out_is_always_there(width: int) -> None:
    words = {action.footer for action in ACTIONS}
    async with show(FooterBar(), size=(width, 5)) as (pilot, _):
        *shown, last = text_of(pilot.app).splitlines()[-1].split()

    assert last == "quit"
    assert {"commands", "help"} <= set(shown)
    assert set(shown[1::2]) <= words


async def test_most_keys_fit_into_80_columns() -> None:
    async with show(FooterBar(), size=(80, 5)) as (pilot, _):
        line = text_of(pilot.app).splitlines()[-1]

    assert line.split()[1::2] == [
        "commands",
        "help",
        "sessions",
        "replay",
        "filter",
        "cancel",
        "zoom",
        "quit",
    ]


async def test_click_is_as_good_as_the_key() -> None:
    async with show(FooterBar(), size=(80, 5)) as (pilot, _):
        await click_text(pilot, "esc cancel")
        await click_text(pilot, "^Q quit")

        pressed = [message.action for message in messages(pilot, KeyBar.Pressed)]
        assert pressed == ["cancel_turn", "quit"]


async def test_last_line_is_pressed_while_one_types(notebook: Path) -> None:
    async with screen(notebook, size=(80, 24)) as (pilot, app):
        await pilot.press("x")
        await click_text(pilot, "/ filter")
        await settled(pilot, lambda: app.query_one("#event-filter").has_focus)
        assert app.query_one(ChatPane).prompt.text == "x"

        await click_text(pilot, "F1 help")
        await shown(pilot, "Keys and commands")
