from __future__ import annotations

from pathlib import Path

from cpsl_dev.core_thread import CoreThread
from cpsl_dev.tui.widgets.chat_pane import ChatPane
from cpsl_dev.tui.widgets.event_pane import EventPane
from cpsl_dev.tui.widgets.inspector import Inspector
from tests.screens import say, screen, settled, shown
from tests.servers import ECHO_APP


def thread_of(app: object) -> CoreThread:
    return app._link._core  # type: ignore[attr-defined,no-any-return]


async def test_message_from_outside_is_shown_with_its_source(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        thread = thread_of(app)
        session_id = app.presenter.conversation.session_id
        await thread.call(thread.server.send, session_id, "from outside", source="http")

        await shown(pilot, "via http", "from outside", "Saved note #1")


async def test_message_for_another_session_marks_it_unread(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        thread = thread_of(app)
        await thread.call(thread.server.send, "other", "hello", source="http")
        await shown(pilot, "1 unread", gone="note #1: hello")

        await app.presenter.open_session("other")
        await shown(pilot, "Chat · other", "Saved note #1", gone="unread")


async def test_session_that_was_named_is_made(notebook: Path) -> None:
    async with screen(notebook, session_id="mine", user="ann@example.org") as (pilot, _):
        await shown(pilot, "Chat · mine", "ann@example.org")


async def test_last_session_is_opened_again(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await app.presenter.new_session("first")
        await app.presenter.new_session("second")
        await app.presenter.open_session("first")
        await say(pilot, "remember me")
        await shown(pilot, "Saved note #1")
        app.exit(0)

    async with screen(notebook) as (pilot, _):
        await shown(pilot, "Chat · first", "remember me", "Saved note #1: remember me")


async def test_greeting_of_the_app_is_shown(make_app: object) -> None:
    app_text = (
        ECHO_APP
        + """

    @app.enter()
    async def enter(session: cpsl.Session) -> None:
        await session.reply("Welcome in")
"""
    )
    async with screen(make_app(app_text)) as (pilot, _):  # type: ignore[operator]
        await say(pilot, "hi")
        await shown(pilot, "Welcome in", "echo hi")


async def test_many_turns_are_read_as_one_scrolls_up(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        thread = thread_of(app)
        for number in range(100):
            turn = await thread.call(thread.server.send, "many", f"note {number}", source="http")
            await thread.call(thread.server.wait_turn, "many", turn.turn)
        await app.presenter.open_session("many")
        await shown(pilot, "Saved note #100")
        turns = app.presenter.conversation.turns
        assert len(turns) < 100

        log = app.query_one(ChatPane).log_view
        await settled(pilot, lambda: log.is_laid_out)
        log.action_scroll_home()
        await settled(pilot, lambda: len(turns) == 100, "older turns are read")


async def test_older_turns_are_read_as_one_goes_down_their_list(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        thread = thread_of(app)
        for number in range(70):
            turn = await thread.call(thread.server.send, "many", f"note {number}", source="http")
            await thread.call(thread.server.wait_turn, "many", turn.turn)
        await app.presenter.open_session("many")
        app.query_one(Inspector).choose_tab("Turns")
        await shown(pilot, "✓  70 ")
        await pilot.press("f3", "end")
        await settled(pilot, lambda: len(app.presenter.conversation.turns) == 70)
        await pilot.press("end")

        await shown(pilot, "✓   1 ")


async def test_state_is_read_again_when_events_were_lost(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        thread = thread_of(app)
        session_id = app.presenter.conversation.session_id
        app._pump.feed.take = lambda events: None  # type: ignore[method-assign]
        link = app._link
        link.stop_listening()
        turn = await thread.call(thread.server.send, session_id, "unheard", source="http")
        await thread.call(thread.server.wait_turn, session_id, turn.turn)
        app._pump.feed._lost = True
        app._pump._wake()

        await shown(pilot, "unheard", "Saved note #1")


async def test_filtered_events_are_read_from_the_store(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "print")
        await shown(pilot, "Saved note #1")
        pane = app.query_one(EventPane)

        pane.choose_group("reloads")
        await shown(pilot, "server.started", "reload.succeeded", gone="output.written")

        pane.choose_group("output")
        pane.open_filter()
        await pilot.press(*"printed 17")
        await shown(pilot, "printed 17", gone="printed 4998")


async def test_last_error_is_said_at_the_end(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        assert app.presenter.last_words() == []
        assert app.presenter.newest_error() is None
        await say(pilot, "fail")
        await shown(pilot, "✗ KeyError")

        [words] = app.presenter.last_words()
        assert words == "The last failed turn: app.py:14  KeyError: 'no such note'"


async def test_user_that_was_named_gets_a_session_of_his_own_again(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await app.presenter.new_session("of-dev")

    async with screen(notebook, user="ann@example.org") as (pilot, app):
        await shown(pilot, "ann@example.org")
        hers = app.presenter.conversation.session_id
        assert hers != "of-dev"

    async with screen(notebook, user="ann@example.org") as (_, app):
        assert app.presenter.conversation.session_id == hers


async def test_turns_that_were_rewound_elsewhere_are_shown_no_more(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        for number, text in enumerate(("one", "two", "three")):
            await say(pilot, text)
            await shown(pilot, f"Saved note #{number + 1}")
        thread = thread_of(app)
        session_id = app.presenter.conversation.session_id
        await thread.call(thread.server.time_travel.rewind, session_id, 1)

        await shown(pilot, "Saved note #1", '0  "one"', gone="Saved note #2")
        await say(pilot, "four")
        await shown(pilot, "Saved note #2: four", gone="Saved note #3")
        assert [turn.turn for turn in app.presenter.conversation.turns] == [1, 4]


async def test_session_that_is_deleted_elsewhere_gives_way_to_another(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        first = app.presenter.conversation.session_id
        await app.presenter.new_session("second")
        thread = thread_of(app)
        await thread.call(thread.server.delete_session, "second")

        await shown(pilot, f"Chat · {first}")


async def test_failure_in_a_replay_is_not_the_last_word(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "fail")
        await shown(pilot, "✗ KeyError")
        app.presenter._last_failure = None
        await pilot.press("ctrl+r")
        await shown(pilot, "Replay of turn 1 · the same")

        assert app.presenter.last_words() == []
        assert app.presenter.unread == set()
