from __future__ import annotations

import pytest
from textual.events import MouseDown, MouseMove, MouseUp

from cpsl.records import ErrorRecord
from cpsl_dev.tui.long_text import LongText
from cpsl_dev.tui.turn_view import ReplyView, TurnView
from cpsl_dev.tui.widgets.chat_log import ChatLog
from tests.pictures import png
from tests.screens import messages, settled, show, shown, text_of


def turns(count: int, *, first: int = 1) -> list[TurnView]:
    return [
        TurnView(
            turn=number,
            text=f"message {number}",
            status="done",
            replies=[ReplyView(text=LongText(f"answer {number}"))],
        )
        for number in range(first, first + count)
    ]


async def test_end_of_the_conversation_is_in_sight() -> None:
    async with show(ChatLog(id="chat-log"), size=(60, 12)) as (pilot, log):
        log.show(turns(50))

        await shown(pilot, "answer 50")
        assert "answer 1 " not in text_of(pilot.app)


async def test_only_what_changed_is_laid_out_again() -> None:
    async with show(ChatLog(id="chat-log"), size=(60, 12)) as (pilot, log):
        views = turns(3)
        log.show(views)
        await shown(pilot, "answer 3")

        views[2].replies[0].text.append(" and more")
        views[2].version += 1
        log.show(views)

        await shown(pilot, "answer 3 and more")


async def test_fetched_picture_is_drawn_wherever_its_address_stands() -> None:
    pytest.importorskip("PIL")
    views = turns(3)
    for view in views[:2]:
        payload = {"url": "https://example.org/a.png"}
        view.replies = [ReplyView(block_id="b", block_type="image", payload=payload)]
    async with show(ChatLog(id="chat-log"), size=(60, 24)) as (pilot, log):
        log.show(views)
        await shown(pilot, "[fetch and draw it]", "answer 3")

        log.show_picture("https://example.org/a.png", png(4, 4))

        await shown(pilot, "4 by 4", "▀▀▀▀", gone="[fetch and draw it]")
        assert text_of(pilot.app).count("4 by 4") == 2


async def test_reader_who_scrolled_up_stays_where_he_is() -> None:
    async with show(ChatLog(id="chat-log"), size=(60, 12)) as (pilot, log):
        log.show(turns(50))
        await shown(pilot, "answer 50")
        log.scroll_to(y=60, animate=False, immediate=True, force=True)
        await pilot.pause()
        before = text_of(pilot.app)

        log.show(turns(60))
        await settled(pilot, lambda: log.is_laid_out)
        assert text_of(pilot.app).splitlines()[1:] == before.splitlines()[1:]

        log.show([*turns(20, first=-19), *turns(60)])
        await settled(pilot, lambda: log.is_laid_out)
        await pilot.pause(0.1)
        assert text_of(pilot.app).splitlines()[1:9] == before.splitlines()[1:9]
        assert not log.is_following


async def test_older_turns_are_wanted_near_the_top() -> None:
    async with show(ChatLog(id="chat-log"), size=(60, 12)) as (pilot, log):
        log.show(turns(50))
        await shown(pilot, "answer 50")
        assert not messages(pilot, ChatLog.OlderWanted)

        log.scroll_to(y=0, animate=False, immediate=True, force=True)
        await pilot.pause()

        assert messages(pilot, ChatLog.OlderWanted)


async def test_new_width_lays_everything_out_again() -> None:
    async with show(ChatLog(id="chat-log"), size=(60, 12)) as (pilot, log):
        log.show([TurnView(turn=1, text="word " * 30)])
        await shown(pilot, "you")
        before = log.virtual_size.height

        await pilot.resize_terminal(20, 12)
        await settled(pilot, lambda: log.virtual_size.height > before)


async def test_enter_and_a_double_click_open_a_turn() -> None:
    async with show(ChatLog(id="chat-log"), size=(60, 30)) as (pilot, log):
        log.show(turns(3))
        await shown(pilot, "answer 3")
        log.focus()

        await pilot.press("enter")
        await pilot.double_click(log, offset=(3, 1))
        await pilot.pause()

        assert [message.turn for message in messages(pilot, ChatLog.TurnOpened)] == [3, 1]


async def test_empty_conversation_says_what_to_do() -> None:
    async with show(ChatLog(id="chat-log"), size=(60, 12)) as (pilot, log):
        await shown(pilot, "Type a message below")
        log.show(turns(1))
        await shown(pilot, "answer 1", gone="Type a message")
        log.restart()
        await shown(pilot, "Type a message below", gone="answer 1")


async def test_selection_that_ends_on_something_to_press_does_not_press_it() -> None:
    error = ErrorRecord(type="KeyError", message="x", file="app.py", line=3)
    view = TurnView(turn=1, text="hello", status="failed", error=error)
    async with show(ChatLog(id="chat-log"), size=(60, 12)) as (pilot, log):
        log.show([view])
        await shown(pilot, "F8 shows the traceback")
        lines = text_of(pilot.app).splitlines()
        y = next(at for at, line in enumerate(lines) if "F8 shows" in line)
        x = lines[y].index("F8")

        # As a terminal tells it: the pilot's own mouse makes no click of a drag.
        for kind, column, row in ((MouseDown, 1, 1), (MouseMove, x, y), (MouseUp, x, y)):
            event = kind(None, column, row, 0, 0, 1, False, False, False, column, row)
            pilot.app.post_message(event)
            await pilot.pause()
        await settled(pilot, lambda: pilot.app.screen.get_selected_text())
        assert not messages(pilot, ChatLog.TargetChosen)

        await pilot.click(offset=(x, y))
        assert [message.target for message in messages(pilot, ChatLog.TargetChosen)]
