from __future__ import annotations

import pytest

from cpsl_dev.tui.widgets.button_row import ButtonRow, Choice
from tests.screens import messages, show, shown


def row() -> ButtonRow:
    return ButtonRow(Choice("yes", "Ship it", "y"), Choice("no", "Hold"))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["enter"], ["yes"]),
        (["right", "space"], ["no"]),
        (["left", "enter"], ["no"]),
        (["y"], ["yes"]),
        (["x"], []),
    ],
)
async def test_keys_press(keys: list[str], expected: list[str]) -> None:
    async with show(row()) as (pilot, widget):
        widget.focus()
        await pilot.press(*keys)

        assert [message.name for message in messages(pilot, ButtonRow.Pressed)] == expected


@pytest.mark.parametrize(("x", "expected"), [(0, ["yes"]), (11, ["yes"]), (12, []), (15, ["no"])])
async def test_mouse_presses_what_is_under_it(x: int, expected: list[str]) -> None:
    async with show(row()) as (pilot, widget):
        await shown(pilot, "[y: Ship it]  [Hold]")
        await pilot.click(widget, offset=(x, 0))

        assert [message.name for message in messages(pilot, ButtonRow.Pressed)] == expected


async def test_labels_are_literal_and_bounded() -> None:
    async with show(ButtonRow(Choice("a", "[b]\x1b[2J" + "x" * 900), Choice("b", "last"))) as (
        pilot,
        _,
    ):
        await shown(pilot, "[[b]\u241b[2Jxxx", "…]  [last]")
