from __future__ import annotations

import time

from textual import events

from cpsl_dev.tui.widgets.prompt import Prompt
from tests.screens import messages, show, text_of


async def test_enter_sends_and_clears() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        await pilot.press("h", "i", "enter")

        assert [message.text for message in messages(pilot, Prompt.Submitted)] == ["hi"]
        assert prompt.text == ""


async def test_blank_text_is_not_sent() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        await pilot.press("space", "enter")

        assert not messages(pilot, Prompt.Submitted)


async def test_other_keys_begin_a_line() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        await pilot.press("a", "shift+enter", "b", "ctrl+j", "c", "enter")

        assert [message.text for message in messages(pilot, Prompt.Submitted)] == ["a\nb\nc"]


async def test_arrows_bring_back_what_was_sent_and_the_draft() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        prompt.sent = ["first", "second\nline"]
        await pilot.press("d", "up")
        assert prompt.text == "second\nline"
        await pilot.press("up")
        assert prompt.text == "first"
        await pilot.press("up")
        assert prompt.text == "first"
        await pilot.press("down")
        assert prompt.text == "second\nline"
        await pilot.press("down", "down")
        assert prompt.text == "d"


async def test_arrows_move_inside_of_several_lines() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        prompt.sent = ["old"]
        prompt.put("one\ntwo")
        await pilot.press("up")

        assert (prompt.text, prompt.cursor_location[0]) == ("one\ntwo", 0)


async def test_paste_is_made_safe_to_show() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        prompt.post_message(events.Paste("a\r\nb\x1b[201~\x07\u202e"))
        await pilot.pause()

        assert prompt.text == "a\nb\u241b[201~\u2407<U+202E>"
        assert "\x1b" not in text_of(pilot.app)


async def test_long_paste_is_a_mark_until_it_is_sent() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        await pilot.press("a", "space")
        prompt.post_message(events.Paste("line\n" * 5_000))
        await pilot.pause()
        assert prompt.text == "a [pasted #1: 5,001 lines, 25,000 characters]"

        await pilot.press("enter")
        assert [message.text for message in messages(pilot, Prompt.Submitted)] == [
            "a " + "line\n" * 5_000
        ]


async def test_tab_asks_for_a_completion_of_a_command_only() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        prompt.put("/re")
        await pilot.press("tab")
        assert [message.text for message in messages(pilot, Prompt.CompletionWanted)] == ["/re"]

        prompt.put("re")
        await pilot.press("tab")
        assert len(messages(pilot, Prompt.CompletionWanted)) == 1
        assert prompt.text == "re"


async def test_escape_and_pages_are_passed_up() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        await pilot.press("escape", "pageup", "pagedown")

        assert len(messages(pilot, Prompt.Escaped)) == 1
        assert [message.pages for message in messages(pilot, Prompt.ScrollWanted)] == [-1, 1]


async def test_a_megabyte_is_pasted_and_put_back_at_once() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        text = "word " * 200_000
        began = time.perf_counter()
        prompt.post_message(events.Paste(text))
        await pilot.press("enter")
        prompt.put(text)
        took = time.perf_counter() - began

        assert [message.text for message in messages(pilot, Prompt.Submitted)] == [text]
        assert prompt.text == "[pasted #1: 1 lines, 1,000,000 characters]"
        assert prompt.full_text == text
        assert took < 1.0


async def test_message_without_text_is_sent_where_files_go_with_it() -> None:
    async with show(Prompt()) as (pilot, prompt):
        prompt.focus()
        prompt.may_be_empty = True
        await pilot.press("enter")

        assert [message.text for message in messages(pilot, Prompt.Submitted)] == [""]
