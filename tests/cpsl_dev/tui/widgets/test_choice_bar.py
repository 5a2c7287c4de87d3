from __future__ import annotations

import pytest

from cpsl_dev.tui.widgets.choice_bar import ChoiceBar
from tests.screens import click_text, messages, settled, show, shown, text_of

LABELS = ("one", "two", "three")
TABS = ("Session", "Data", "History", "Turns", "App")


async def test_arrows_go_round() -> None:
    async with show(ChoiceBar(LABELS)) as (pilot, bar):
        bar.focus()
        await pilot.press("right", "left", "left")

        assert bar.chosen == "three"
        assert [message.name for message in messages(pilot, ChoiceBar.Chosen)] == [
            "two",
            "one",
            "three",
        ]


@pytest.mark.parametrize(("x", "expected"), [(1, "one"), (6, "two"), (12, "three")])
async def test_click_chooses(x: int, expected: str) -> None:
    async with show(ChoiceBar(LABELS)) as (pilot, bar):
        await pilot.click(bar, offset=(x, 0))

        assert bar.chosen == expected


async def test_names_move_together_where_room_is_short() -> None:
    async with show(ChoiceBar(LABELS), size=(14, 5)) as (pilot, _):
        assert text_of(pilot.app).startswith("one two three")


async def test_choice_shows_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async with show(ChoiceBar(LABELS)) as (pilot, _):
        assert text_of(pilot.app).startswith("[one] two  three")


async def test_chosen_name_stays_in_sight_and_the_others_in_reach() -> None:
    async with show(ChoiceBar(LABELS), size=(9, 5)) as (pilot, bar):
        assert text_of(pilot.app).startswith("one two ▸")

        await click_text(pilot, "▸")
        await shown(pilot, "◂three")
        assert bar.chosen == "three"
        await click_text(pilot, "◂")
        await settled(pilot, lambda: bar.chosen == "two")
        await shown(pilot, "one two ▸")


@pytest.mark.parametrize("width", range(8, 40))
async def test_chosen_name_is_never_cut(width: int) -> None:
    async with show(ChoiceBar(TABS), size=(width, 5)) as (pilot, bar):
        for name in TABS:
            bar.choose(name)
            await shown(pilot, name)
