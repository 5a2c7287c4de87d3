from __future__ import annotations

from dataclasses import replace

from cpsl.records import ReplyRecord
from cpsl_dev.tui.widgets.key_bar import KeyBar
from cpsl_dev.tui.widgets.replay_strip import ReplayStrip
from tests.cpsl_dev.tui.test_turn_story import STORY, TURN
from tests.screens import messages, show, shown

CHANGED = replace(
    STORY, after=replace(TURN, generation=5, replies=[ReplyRecord(text="new", streamed=False)])
)
CHANGED = replace(CHANGED, is_same=False)


async def test_strip_takes_no_room_until_there_is_something() -> None:
    async with show(ReplayStrip()) as (pilot, strip):
        assert not strip.display

        strip.say("s1 · the last turn is replayed…", is_running=True)
        await shown(pilot, "is replayed…", "F12 stop")
        strip.show("s1", CHANGED)
        await shown(pilot, "s1 · replay of turn 3 on gen 5: replies differ", "- Saved", "+ new")
        strip.show("s1", STORY)
        await shown(pilot, "turn 3 on gen 5: the same", gone="keep")
        strip.clear()
        assert not strip.display


async def test_keys_and_mouse_ask_for_the_same() -> None:
    async with show(ReplayStrip()) as (pilot, strip):
        strip.show("s1", CHANGED)
        await shown(pilot, "F10 keep  F12 drop  ^R side by side")
        strip.query_one("#replay-lines").focus()
        await pilot.press("k", "d", "enter")
        bar = strip.query_one(KeyBar)
        words = "".join(text for text, _ in bar.lines(80)[0])
        for word in ("keep", "drop", "side"):
            await pilot.click(bar, offset=(words.index(word), 0))

        wanted = [message.what for message in messages(pilot, ReplayStrip.Wanted)]
        assert wanted == ["keep", "drop", "open"] * 2


async def test_long_difference_is_cut() -> None:
    long = replace(TURN, replies=[ReplyRecord(text="line\n" * 500, streamed=False)])
    async with show(ReplayStrip(), size=(80, 24)) as (pilot, strip):
        strip.show("s1", replace(CHANGED, after=long))
        await shown(pilot, "+ line")

        assert strip.size.height <= 8
        strip.query_one("#replay-lines").scroll_end(animate=False)
        await shown(pilot, "more lines: ^R shows them")
