from __future__ import annotations

from cpsl_dev.tui.widgets.notice_line import NoticeLine
from tests.screens import settled, show, shown, text_of


async def test_text_is_wrapped_shown_literally_and_bounded() -> None:
    async with show(NoticeLine(), size=(30, 10)) as (pilot, line):
        assert line.size.height == 1

        line.say("\x1b[2J [red]x[/] " + "word " * 500, is_error=True)
        await shown(pilot, "\u241b[2J [red]x[/] word")

        await settled(pilot, lambda: line.size.height == 4)
        assert "\x1b" not in text_of(pilot.app)
        line.say("")
        await shown(pilot, gone="word")
        await settled(pilot, lambda: line.size.height == 1)
