from __future__ import annotations

from cpsl_dev.tui.widgets.too_small import TooSmall
from tests.screens import show, text_of


async def test_message_names_both_sizes() -> None:
    async with show(TooSmall(), size=(40, 10)) as (pilot, widget):
        widget.display = True
        await pilot.pause()
        text = " ".join(text_of(pilot.app).split())

    assert text.startswith("This terminal is 40 by 10. The screen needs at least 60 by 20: make")
