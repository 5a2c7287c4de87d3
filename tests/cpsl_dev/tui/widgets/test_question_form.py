from __future__ import annotations

from typing import Any

from textual.widgets import Input

from cpsl.records import BlockRecord
from cpsl_dev.tui.widgets.question_form import QuestionForm
from tests.screens import click_text, messages, settled, show, shown, text_of


def form(kind: str, **payload: Any) -> QuestionForm:
    return QuestionForm("s1", BlockRecord(id="b1", type=kind, payload=payload), "/")


def answers(pilot: Any) -> list[Any]:
    return [message.answer for message in messages(pilot, QuestionForm.Answered)]


async def test_approval_has_the_labels_of_the_app() -> None:
    block = {"message": "Go?", "approve_label": "Ship", "reject_label": "Hold"}
    async with show(form("approval_prompt", **block)) as (pilot, widget):
        await shown(pilot, "? Go?", "[y: Ship]  [n: Hold]")
        widget.take_focus()
        await pilot.press("n", "y")

        assert answers(pilot) == [{"approved": False}, {"approved": True}]


async def test_token_is_hidden_and_can_be_declined() -> None:
    async with show(form("integration_prompt", type="github", mode="oauth")) as (pilot, widget):
        widget.take_focus()
        await pilot.press(*"geheim", "enter")
        assert answers(pilot) == [{"access_token": "geheim"}]
        assert "geheim" not in text_of(pilot.app)

        await pilot.press("tab", "right", "enter")
        assert answers(pilot)[1:] == [{"declined": True}]


async def test_every_key_of_an_account_has_an_input() -> None:
    block = {"type": "aws", "mode": "secret", "fields": ["id", "region"]}
    async with show(form("integration_prompt", **block)) as (pilot, widget):
        await shown(pilot, "id:", "region:")
        widget.take_focus()
        await pilot.press("a", "enter", "b", "enter")

        assert answers(pilot) == [{"fields": {"id": "a", "region": "b"}}]


async def test_refusal_is_said_and_what_was_typed_stays() -> None:
    async with show(form("file_upload", message="Which?")) as (pilot, widget):
        widget.take_focus()
        await pilot.press("x", "enter")
        widget.refuse("x is not a file.")
        await shown(pilot, "✗ x is not a file.")
        assert widget.query_one(Input).value == "x"

        await pilot.press("enter")
        await shown(pilot, "? Which?", gone="✗")
        assert answers(pilot) == [{"path": "x"}, {"path": "x"}]


async def test_refused_answer_can_be_changed_at_once() -> None:
    async with show(form("file_upload", message="Which?")) as (pilot, widget):
        widget.take_focus()
        await pilot.press("x")
        await click_text(pilot, "[Send the file]")
        await settled(pilot, lambda: answers(pilot))
        assert not widget.query_one(Input).has_focus

        widget.refuse("x is not a file.")
        await settled(pilot, lambda: widget.query_one(Input).has_focus)


async def test_hostile_prompt_is_literal_and_bounded() -> None:
    evil = "\x1b]0;x\x07[@click=app.quit]" + "long " * 5_000
    payload = {"message": evil, "approve_label": evil, "reject_label": [evil] * 9}
    async with show(form("approval_prompt", **payload)) as (pilot, widget):
        await shown(pilot, "? \u241b]0;x\u2407[@click=app.quit]", "…")

        assert widget.size.height <= 6
    async with show(form("integration_prompt", type=evil, fields=[{"a": evil}] * 900)) as (
        pilot,
        widget,
    ):
        assert len(widget.query(Input)) == 12


async def test_escape_goes_back() -> None:
    async with show(form("approval_prompt")) as (pilot, widget):
        await shown(pilot, "? May the app go on?", "[y: Approve]")
        widget.take_focus()
        await pilot.press("escape")

        assert len(messages(pilot, QuestionForm.Left)) == 1
