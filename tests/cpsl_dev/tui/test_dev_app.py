from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.screens.help import HelpScreen
from cpsl_dev.tui.screens.session_switcher import SessionSwitcher
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.inspector import Inspector
from cpsl_dev.tui.widgets.prompt import Prompt
from tests.conftest import MakeApp
from tests.cpsl_dev.tui.conftest import NOTEBOOK
from tests.screens import say, screen, settled, shown, stop_server, text_of


async def test_message_is_answered_and_the_data_is_marked(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await say(pilot, "buy coffee")

        await shown(pilot, "you", "buy coffee", "gen 1 · ", "Saved note #1: buy coffee")
        await shown(pilot, "▾ notes  [1]", '0  "buy coffee"', "● new")
        await shown(pilot, "message.received", "data.changed", "turn.finished")


async def test_save_runs_the_new_code_and_keeps_the_conversation(
    notebook: Path, make_app: MakeApp
) -> None:
    async with screen(notebook) as (pilot, _):
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")

        make_app(NOTEBOOK.replace("Saved note", "Kept note"))
        await shown(pilot, "gen 2", "reload.succeeded")
        await say(pilot, "two")

        await shown(pilot, "Saved note #1: one", "Kept note #2: two", "gen 2 · ")


async def test_save_that_cannot_run_is_shown_until_it_is_fixed(
    notebook: Path, make_app: MakeApp
) -> None:
    async with screen(notebook) as (pilot, _):
        make_app(NOTEBOOK.replace("go = asyncio.Event()", "go = (asyncio.Event("))
        await shown(pilot, "✗ failed", "app.py:7", "SyntaxError", "│ go = (asyncio.Event(")
        await shown(pilot, "answers come from generation 1 until this is fixed")

        await pilot.press("f8")
        await shown(pilot, "SyntaxError in the newest save")
        await pilot.press("escape")
        await say(pilot, "still there")
        await shown(pilot, "Saved note #1: still there")

        make_app(NOTEBOOK)
        await shown(pilot, "● ready", gone="answers come from")


async def test_failed_turn_shows_the_line_and_its_traceback_by_key(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await say(pilot, "fail")
        await shown(
            pilot,
            "✗ KeyError: 'no such note'",
            "  app.py:14  F8",
            "turn.failed        app.py:14",
            '│ raise KeyError("no such note")',
        )

        await pilot.press("f8")
        await shown(pilot, "KeyError in turn 1", "Traceback (most recent call last)")


async def test_escape_cancels_and_what_waits_goes_on(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await say(pilot, "wait")
        await shown(pilot, "⋯ Thinking", "running")
        await say(pilot, "next")
        await shown(pilot, "queued")

        await pilot.press("f4", "escape")

        await shown(pilot, "⚠ interrupted", "Saved note #1: next", gone="⋯ Thinking")
        await pilot.press("f2")
        await say(pilot, "wait")
        await shown(pilot, "⋯ Thinking")
        await pilot.press("escape")

        await shown(pilot, "⚠ interrupted", gone="⋯ Thinking")


async def test_interrupted_message_is_sent_again(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "/again")
        await shown(pilot, "There is no message yet.")
        await say(pilot, "first")
        await shown(pilot, "Saved note #1: first")
        await say(pilot, "/again")
        await shown(pilot, "Saved note #2: first")
        assert app.query_one(Prompt).sent == ["/again", "first", "/again"]


async def test_reply_streams_to_its_end(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await say(pilot, "stream")

        await shown(pilot, "word1999", "the end", "reply.finished")


async def test_sessions_are_made_and_switched(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "/new alpha")
        await shown(pilot, "Chat · alpha")
        await say(pilot, "in alpha")
        await shown(pilot, "Saved note #1: in alpha")
        await pilot.press("ctrl+n")
        await shown(pilot, "Type a message below", "session.data is empty", gone="Chat · alpha")

        await pilot.press("ctrl+o")
        await shown(pilot, "search by id")
        await pilot.press(*"alph", "enter")
        await shown(pilot, "Chat · alpha", "Saved note #1: in alpha", '"in alpha"')

        await say(pilot, "/session nobody")
        await shown(pilot, "There is no session 'nobody'.")
        await say(pilot, "/user ann@example.org")
        await shown(pilot, "ann@example.org")
        assert not isinstance(app.screen, SessionSwitcher)


async def test_every_command_does_something(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "/help")
        await shown(pilot, "Keys and commands")
        await pilot.press("escape")
        await say(pilot, "/session")
        await shown(pilot, "search by id")
        await pilot.press("escape")
        await say(pilot, "/cancel")
        await shown(pilot, "Nothing runs in this session.")
        await say(pilot, "/reload")
        await shown(pilot, "gen 2")
        await say(pilot, "//reload is for the app")
        await shown(pilot, "Saved note #1: /reload is for the app")
        await say(pilot, "/unknown goes to the app")
        await shown(pilot, "Saved note #2: /unknown goes to the app")
        await say(pilot, "/quit")
        await settled(pilot, lambda: app.return_value == 0 or not app.is_running)


async def test_message_that_is_refused_comes_back_to_the_prompt(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await stop_server(app)
        await say(pilot, "lost?")

        await settled(pilot, lambda: app.query_one(Prompt).text == "lost?")


async def test_events_open_as_json_and_are_filtered(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "hello")
        await shown(pilot, "turn.finished")
        await pilot.press("f4", "end", "enter")
        await shown(pilot, '"kind": "turn.finished"', '"seq": ')
        await pilot.press("escape", "slash")
        await settled(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press(*"message.rec")
        await shown(pilot, "message.received", gone="turn.started")


async def test_values_entries_and_turns_open(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "hello")
        await shown(pilot, '0  "hello"')
        await pilot.press("f3", "down", "enter")
        await shown(pilot, " /notes/0")
        await pilot.press("escape", "y")
        await shown(pilot, "The value is copied.")
        assert app.clipboard == '"hello"'

        inspector = app.query_one(Inspector)
        inspector.choose_tab("History")
        await shown(pilot, "app  Saved note #1")
        await pilot.press("f3", "end", "enter")
        await shown(pilot, " app · turn 1")
        await pilot.press("escape")

        inspector.choose_tab("Turns")
        await pilot.press("f3")
        await pilot.press("enter")
        await shown(pilot, " Turn 1 · done")
        await pilot.press("escape")

        inspector.choose_tab("App")
        await shown(pilot, "notebook", "handle  app.py:")
        inspector.choose_tab("Session")
        await shown(pilot, "data keys")


async def test_ctrl_c_clears_then_warns_then_quits(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        prompt = app.query_one(Prompt)
        await pilot.press("a", "ctrl+c")
        assert prompt.text == ""
        await pilot.press("ctrl+c")
        await shown(pilot, "Press ctrl-c again to quit.")
        await pilot.press("ctrl+c")
        await settled(pilot, lambda: app.return_value == 0 or not app.is_running)


async def test_ctrl_c_copies_what_is_selected(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        prompt = app.query_one(Prompt)
        await pilot.press("a", "b", "shift+left", "ctrl+c")

        assert (app.clipboard, prompt.text) == ("b", "ab")


async def test_palette_offers_every_action(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "New session   ^N" in titles
        assert "Send again   ^S" in titles
        assert len(titles) == len(set(titles))

        await pilot.press("ctrl+p")
        await pilot.press(*"help")
        await shown(pilot, "Show the keys and the commands.")
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_question_mark_is_text_in_the_prompt_and_help_elsewhere(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("question_mark")
        assert app.query_one(Prompt).text == "?"

        await pilot.press("f4", "question_mark")
        await settled(pilot, lambda: isinstance(app.screen, HelpScreen))


@pytest.mark.parametrize("size", [(80, 24), (120, 35), (200, 60)])
async def test_all_panes_are_in_sight(notebook: Path, size: tuple[int, int]) -> None:
    async with screen(notebook, size=size) as (pilot, _):
        await say(pilot, "hello")

        await shown(pilot, "Saved note #1: hello", '0  "hello"', "turn.finished", "help")


async def test_panes_are_tabs_where_there_is_little_room(notebook: Path) -> None:
    async with screen(notebook, size=(60, 20)) as (pilot, _):
        await shown(pilot, "Chat  Inspector  Events", "Type a message", gone="server.started")
        await pilot.press("f4")
        await shown(pilot, "server.started", gone="Type a message")
        await pilot.press("f3")
        await shown(pilot, "session.data is empty", gone="server.started")
        await pilot.press("f2")
        await pilot.press("x")
        await shown(pilot, "Type a message")


async def test_terminal_that_is_too_small_says_so(notebook: Path) -> None:
    async with screen(notebook, size=(50, 15)) as (pilot, app):
        await shown(pilot, "This terminal is 50 by 15.", gone="Chat")
        await pilot.resize_terminal(100, 30)
        await shown(pilot, "Chat · ", "server.started", gone="This terminal")
        for width in (1, 3, 59, 20, 100):
            await pilot.resize_terminal(width, 1 + width // 3)
        await pilot.resize_terminal(100, 30)
        await shown(pilot, "Chat · ", "server.started")
        assert app.is_running


async def test_pane_takes_the_whole_screen_and_gives_it_back(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await pilot.press("f4", "f7")
        await shown(pilot, "server.started", gone="Type a message")
        await pilot.press("f7")
        await shown(pilot, "server.started", "Type a message")


async def test_theme_tab_and_group_are_remembered(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("f9")
        app.query_one(Inspector).choose_tab("Turns")
        app.query_one(EventPane).choose_group("reloads")
        await shown(pilot, "no turn yet")
        assert not app.current_theme.dark

    async with screen(notebook) as (pilot, app):
        await shown(pilot, "no turn yet")
        assert not app.current_theme.dark
        assert app.query_one(EventPane).model.group == "reloads"


async def test_sent_messages_are_remembered(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await say(pilot, "one for later")
        await shown(pilot, "Saved note #1")

    async with screen(notebook) as (pilot, app):
        await pilot.press("up")
        assert app.query_one(Prompt).text == "one for later"


async def test_hostile_text_is_shown_and_does_nothing(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "evil")
        await shown(
            pilot, "✗ RuntimeError", "\u241b]52;c;", "[@click=app.quit]x[/] [/]", "<U+202E>"
        )
        for key in ("f3", "f4", "f8", "escape", "f1", "escape"):
            await pilot.press(key)
            text = text_of(app)
            assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u200b"} & set(text)
        assert app.is_running


async def test_without_colours_nothing_is_coloured(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async with screen(notebook) as (pilot, app):
        await say(pilot, "hello")
        await shown(pilot, "Saved note #1: hello", "[Data]", "[all]")
        assert isinstance(app, DevApp)
        assert app.no_color


async def test_message_before_the_session_is_open_waits(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        presenter = app.presenter
        presenter._is_open.clear()
        await say(pilot, "early")
        await pilot.pause(0.1)
        assert "Saved note" not in text_of(app)

        presenter._is_open.set()
        await shown(pilot, "Saved note #1: early")
        assert app.query_one(ChatPane).prompt.text == ""


async def test_sizes_and_zoom_are_remembered(notebook: Path) -> None:
    async with screen(notebook, size=(100, 40)) as (pilot, app):
        await pilot.press("alt+left", "alt+left", "alt+up")
        await settled(pilot, lambda: app.query_one(ChatPane).size.width == 49)
        await pilot.press("f4", "f7")
        await shown(pilot, "server.started", gone="Type a message")

    async with screen(notebook, size=(100, 40)) as (pilot, app):
        await shown(pilot, "server.started", gone="Type a message")
        await settled(pilot, lambda: app.query_one(EventPane).rows.has_focus)
        await pilot.press("f7", "f2")
        await settled(pilot, lambda: app.query_one(ChatPane).size.width == 49)
        assert app.query_one(EventPane).size.height == 13


async def test_mouse_reaches_sessions_address_and_error(notebook: Path, make_app: MakeApp) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.click("#chat-title", offset=(4, 0))
        await shown(pilot, "search by id")
        await pilot.press("escape")

        app._link._server.url = "http://127.0.0.1:4600"
        app.presenter.set_note("test", "")
        await shown(pilot, "http://127.0.0.1:4600")
        line = text_of(app).splitlines()[0]
        await pilot.click("#header", offset=(line.index("http://") + 2, 0))
        await shown(pilot, "The address is copied: http://127.0.0.1:4600")
        assert app.clipboard == "http://127.0.0.1:4600"

        make_app("import cpsl\nnonsense")
        await shown(pilot, "✗ failed", "F8 details")
        line = text_of(app).splitlines()[1]
        await pilot.click("#banner", offset=(line.index("F8 details") + 2, 0))
        await shown(pilot, "NameError in the newest save")
