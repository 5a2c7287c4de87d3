from __future__ import annotations

from cpsl_dev.tui.widgets.button_row import ButtonRow
from cpsl_dev.tui.widgets.stuck_banner import StuckBanner
from tests.screens import messages, show, shown


async def test_place_and_ways_out_are_shown_while_it_is_stuck() -> None:
    async with show(StuckBanner()) as (pilot, banner):
        assert not banner.display
        banner.show("app.py:12", "  time.sleep(5)\x1b[2J")
        await shown(
            pilot,
            "⚠ The app is stuck at app.py:12   time.sleep(5)\u241b[2J",
            "[esc: cancel the turn]  [^T: restart the worker]",
        )
        await pilot.click("#stuck-buttons", offset=(30, 0))
        assert [message.name for message in messages(pilot, ButtonRow.Pressed)] == ["restart"]

        banner.hide()
        assert not banner.display


async def test_worker_that_does_not_answer_has_no_place() -> None:
    async with show(StuckBanner()) as (pilot, banner):
        banner.show("", "")
        await shown(pilot, "⚠ The app is stuck and does not answer at all")
