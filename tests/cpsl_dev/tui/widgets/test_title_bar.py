from __future__ import annotations

from cpsl_dev.tui.widgets.title_bar import TitleBar
from tests.screens import show, text_of


async def test_title_and_note_stand_at_the_ends() -> None:
    async with show(TitleBar(), size=(30, 5)) as (pilot, bar):
        bar.title, bar.note = "Chat [b]", "3 new"
        await pilot.pause()

        assert text_of(pilot.app).splitlines()[0] == " Chat [b]               3 new"
