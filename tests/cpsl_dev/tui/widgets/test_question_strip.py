from __future__ import annotations

from cpsl.records import BlockRecord
from cpsl_dev.tui.widgets.question_form import QuestionForm
from cpsl_dev.tui.widgets.question_strip import QuestionStrip
from tests.screens import click_text, messages, settled, show, shown

FIRST = BlockRecord(id="a", type="file_upload", payload={"message": "First?"})
SECOND = BlockRecord(id="b", type="approval_prompt", payload={"message": "Second?"})


async def test_it_takes_no_room_without_a_question() -> None:
    async with show(QuestionStrip()) as (pilot, strip):
        assert not strip.display
        assert not strip.answer()

        strip.show("s1", [FIRST], "/")
        await shown(pilot, "The app asks", "? First?")
        strip.show("s1", [], "/")
        assert not strip.display


async def test_what_was_typed_stays_while_others_come_and_go() -> None:
    async with show(QuestionStrip()) as (pilot, strip):
        strip.show("s1", [FIRST], "/")
        await shown(pilot, "? First?")
        assert strip.answer()
        await pilot.press("x")

        strip.show("s1", [FIRST, SECOND], "/")
        await shown(pilot, "1 of 2", "path: x")
        assert strip.answer()
        await shown(pilot, "2 of 2", "? Second?", gone="First?")
        await settled(pilot, lambda: strip.current and strip.current.has_focus_within)
        strip.show("s1", [FIRST], "/")
        await shown(pilot, "path: x", gone="Second?")
        # The question that had the focus is gone: the message gets it.
        await settled(pilot, lambda: len(messages(pilot, QuestionForm.Left)) == 1)


async def test_click_turns_to_the_question() -> None:
    async with show(QuestionStrip()) as (pilot, strip):
        strip.show("s1", [SECOND], "/")
        await shown(pilot, "? Second?")
        await pilot.click("#questions-title")

        assert strip.has_focus_within


async def test_mouse_turns_to_the_next_question() -> None:
    async with show(QuestionStrip()) as (pilot, strip):
        strip.show("s1", [FIRST, SECOND], "/")
        await shown(pilot, "1 of 2")
        await click_text(pilot, "^G next")
        await shown(pilot, "2 of 2", "? Second?")
        await click_text(pilot, "^G next")
        await shown(pilot, "1 of 2", "? First?")


async def test_refusal_reaches_its_question_only() -> None:
    async with show(QuestionStrip()) as (pilot, strip):
        strip.show("s1", [FIRST], "/")
        await shown(pilot, "? First?")

        assert strip.refuse("a", "no such file")
        await shown(pilot, "✗ no such file")
        assert not strip.refuse("gone", "too late")
