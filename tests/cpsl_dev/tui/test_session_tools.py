from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.widgets import Input

from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.screens.form import Form
from cpsl_dev.tui.screens.session_switcher import SessionSwitcher
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from tests.screens import press, say, screen, settled, shown, text_of


def fill(app: DevApp, **values: str) -> None:
    """Write into the form."""
    for name, value in values.items():
        app.screen.query_one(f"#{name}", Input).value = value


async def test_session_is_made_with_all_that_it_can_begin_with(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("ctrl+o")
        await shown(pilot, "search by id")
        await pilot.press(*"mine", "ctrl+n")
        await settled(pilot, lambda: isinstance(app.screen, Form))
        assert app.screen.query_one("#id", Input).value == "mine"
        fill(app, user="ann@example.org", channel="sms", data='{"notes": ["old"]}')
        await pilot.press("enter")

        await shown(pilot, "Chat · mine", "ann@example.org", '"old"')
        record, _ = await app._link.session("mine")
        assert (record.user.email, record.channel) == ("ann@example.org", "sms")
        await say(pilot, "new")
        await shown(pilot, "Saved note #2: new")


async def test_new_session_waits_for_its_first_message(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        chat = app.query_one(ChatPane)
        await pilot.press("f4", "ctrl+n")
        await settled(pilot, lambda: chat.prompt.has_focus)
        session_id = app.presenter.conversation.session_id

        await pilot.press("f3", "ctrl+o")
        await shown(pilot, "search by id")
        await pilot.press("ctrl+n")
        await settled(pilot, lambda: isinstance(app.screen, Form))
        await pilot.press("enter")
        await settled(pilot, lambda: app.presenter.conversation.session_id != session_id)
        await settled(pilot, lambda: chat.prompt.has_focus)


async def test_each_wrong_field_is_told(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await app.presenter.new_session("taken")
        await app.run_action("on_session('make')")
        await settled(pilot, lambda: isinstance(app.screen, Form))
        for values, text, focused in (
            ({"id": "a b"}, "'a b' cannot be the id of a session", "id"),
            ({"id": "taken"}, "Session 'taken' exists already.", "id"),
            ({"id": "free", "data": "{"}, "The data is no JSON. Line 1, column 2", "data"),
            ({"data": "[1]"}, "The data is an object, not '[1]'.", "data"),
        ):
            fill(app, **values)
            await pilot.press("enter")
            await shown(pilot, text)
            field = app.screen.query_one(f"#{focused}", Input)
            await settled(pilot, partial(getattr, field, "has_focus"))
        fill(app, data="")
        await pilot.press("enter")
        await shown(pilot, "Chat · free", "session.data is empty")


async def test_session_is_deleted_after_a_question(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await app.presenter.new_session("first")
        await app.presenter.new_session("second")
        await pilot.press("ctrl+o")
        await shown(pilot, "search by id", "first", "second")
        await pilot.press(*"firs", "ctrl+d")
        await shown(pilot, "Delete first", "This cannot be undone.")
        await pilot.press("n")
        await shown(pilot, "search by id", "first")
        await pilot.press(*"firs", "ctrl+d")
        await shown(pilot, "Delete first")
        await pilot.press("y")
        await shown(pilot, "first is deleted.", "search by id", gone="dev · 0 turns · first")
        assert "first" not in [found.id for found in await app._link.sessions()]
        await pilot.press("escape")
        await shown(pilot, "Chat · second")


async def test_another_session_is_shown_when_the_one_on_the_screen_is_deleted(
    notebook: Path,
) -> None:
    async with screen(notebook) as (pilot, app):
        first = app.presenter.conversation.session_id
        await app.presenter.new_session("second")
        await app.run_action("on_session('delete')")
        await shown(pilot, "Delete second")
        await pilot.press("y")
        await shown(pilot, f"Chat · {first}")
        await app.run_action("on_session('delete')")
        await shown(pilot, f"Delete {first}")
        await pilot.press("y")

        await settled(pilot, lambda: app.presenter.conversation.session_id not in (first, "second"))
        assert len(await app._link.sessions()) == 1


async def test_list_is_opened_once(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("ctrl+o", "ctrl+o")
        await settled(pilot, lambda: isinstance(app.screen, SessionSwitcher))

        assert sum(isinstance(shown, SessionSwitcher) for shown in app.screen_stack) == 1


async def test_two_clicks_at_once_choose_a_session_once(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        session_id = app.presenter.conversation.session_id
        await pilot.press("ctrl+o")
        await shown(pilot, "search by id", "0 turns")
        lines = text_of(app).splitlines()
        y = next(y for y, line in enumerate(lines) if "0 turns" in line)
        x = lines[y].index(session_id)

        press(app, x, y)
        press(app, x, y)
        await settled(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.pause(0.1)

        assert app.is_running
        assert app.presenter.conversation.session_id == session_id
