from __future__ import annotations

from cpsl_dev.tui.widgets.span_widget import SpanBar
from cpsl_dev.tui.widgets.title_bar import TitleBar
from tests.screens import click_text, messages, show, shown, text_of


async def test_title_and_note_stand_at_the_ends() -> None:
    async with show(TitleBar(), size=(30, 5)) as (pilot, bar):
        bar.title, bar.note = "Chat [b]", "3 new"
        await pilot.pause()

        assert text_of(pilot.app).splitlines()[0] == " Chat [b]               3 new"


async def test_note_is_brief_where_room_is_short() -> None:
    async with show(TitleBar(), size=(30, 5)) as (pilot, bar):
        bar.title, bar.note, bar.brief = "Events", "paused · 3 new", "3 new"
        await shown(pilot, " Events        paused · 3 new")

        await pilot.resize_terminal(20, 5)
        await shown(pilot, " Events       3 new", gone="paused")


async def test_click_on_the_note_is_told() -> None:
    async with show(TitleBar(), size=(30, 5)) as (pilot, bar):
        bar.title, bar.note, bar.note_target = "Chat", "3 new", "follow"

        await click_text(pilot, "3 new")
        await click_text(pilot, "Chat")

        assert [message.target for message in messages(pilot, SpanBar.TargetChosen)] == ["follow"]
