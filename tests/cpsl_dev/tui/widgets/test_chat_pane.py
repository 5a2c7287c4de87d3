from __future__ import annotations

from textual.color import Color

from cpsl_dev.tui.actions import COMMANDS
from cpsl_dev.tui.turn_view import TurnView
from cpsl_dev.tui.widgets.chat_pane import ChatPane, Hints
from cpsl_dev.tui.widgets.title_bar import TitleBar
from tests.screens import messages, settled, show, shown, text_of


async def test_message_is_passed_up() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.prompt.focus()
        await pilot.press("h", "i", "enter")

        assert [message.text for message in messages(pilot, ChatPane.Submitted)] == ["hi"]


async def test_commands_are_offered_and_completed() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.prompt.focus()
        await pilot.press("slash", "n")
        await shown(pilot, "start a session")

        await pilot.press("tab")
        assert pane.prompt.text == "/new "


async def test_sessions_are_completed() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.session_ids = ["alpha-1", "alpha-2"]
        pane.prompt.focus()
        pane.prompt.put("/session al")
        await pilot.press("tab")
        assert pane.prompt.text == "/session alpha-"
        await pilot.press("tab")
        assert pane.prompt.text == "/session alpha-1"


async def test_all_commands_are_offered_where_there_is_room() -> None:
    async with show(ChatPane(), size=(80, 30)) as (pilot, pane):
        pane.prompt.focus()
        await pilot.press("slash")

        await shown(pilot, *(command.usage.split()[0] for command in COMMANDS), gone="… ")


async def test_offer_can_be_clicked() -> None:
    async with show(ChatPane(), size=(80, 30)) as (pilot, pane):
        pane.prompt.focus()
        await pilot.press("slash")
        await shown(pilot, "/theme", "choose a theme")
        lines = text_of(pilot.app).splitlines()
        y = next(at for at, line in enumerate(lines) if "/theme" in line)

        pane.log_view.focus()
        await pilot.click(offset=(lines[y].index("choose"), y))

        await settled(pilot, lambda: pane.prompt.text == "/theme")
        assert pane.prompt.has_focus


async def test_more_offers_than_room_are_counted() -> None:
    async with show(ChatPane(), size=(80, 14)) as (pilot, pane):
        pane.prompt.focus()
        await pilot.press("slash")
        await shown(pilot, "/new", "more")

        assert pane.query_one(Hints).size.height == 6


async def test_escape_closes_the_offers_first() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.prompt.focus()
        await pilot.press("slash", "escape")
        assert not messages(pilot, ChatPane.CancelWanted)
        assert not pane.query_one(Hints).display

        await pilot.press("escape")
        assert len(messages(pilot, ChatPane.CancelWanted)) == 1


async def test_mark_before_the_message_can_be_seen_in_the_light() -> None:
    async with show(ChatPane()) as (pilot, pane):
        mark = pane.query_one("#entry-mark")
        assert mark.styles.color == Color.parse(pilot.app.theme_variables["accent"])

        pilot.app.theme = "textual-light"
        await pilot.pause()
        assert mark.styles.color == Color.parse(pilot.app.theme_variables["text-accent"])


async def test_title_and_turns_are_shown() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.show_title("notes", "1 unread")
        pane.show_turns([TurnView(turn=1, text="hello there")])

        await shown(pilot, "Chat · notes", "hello there")
        assert pane.query_one(TitleBar).note == "1 unread"


async def test_page_keys_scroll_while_typing() -> None:
    async with show(ChatPane(), size=(60, 20)) as (pilot, pane):
        pane.show_turns([TurnView(turn=number, text=f"text {number}") for number in range(1, 40)])
        await shown(pilot, "text 39")
        pane.prompt.focus()

        await pilot.press("pageup", "pageup")
        await pilot.pause()

        assert "text 39" not in text_of(pilot.app)


async def test_title_says_what_is_below_and_leads_there() -> None:
    views = [TurnView(turn=number, text=f"text {number}") for number in range(1, 40)]
    async with show(ChatPane(), size=(60, 20)) as (pilot, pane):
        pane.styles.width = 60
        pane.show_title("notes", "1 unread")
        pane.show_turns(views)
        await shown(pilot, "text 39", "1 unread")
        pane.prompt.focus()
        await pilot.press("pageup")
        await shown(pilot, "scrolled up · end follows", gone="1 unread")

        pane.show_turns([*views, TurnView(turn=40, text="text 40")])
        await shown(pilot, "new below · end follows", gone="text 40")
        await pilot.click("#chat-title", offset=(45, 0))
        await shown(pilot, "text 40", "1 unread", gone="end follows")
        assert pane.log_view.is_following


async def test_end_of_the_text_comes_before_the_end_of_the_conversation() -> None:
    async with show(ChatPane(), size=(60, 20)) as (pilot, pane):
        pane.styles.width = 60
        pane.show_turns([TurnView(turn=number, text=f"text {number}") for number in range(1, 40)])
        await shown(pilot, "text 39")
        pane.prompt.focus()
        await pilot.press("h", "i", "home", "pageup")
        await shown(pilot, "end follows", gone="text 39")

        await pilot.press("end")
        assert pane.prompt.cursor_location == (0, 2)
        assert "end follows" in text_of(pilot.app)
        await pilot.press("end")
        await shown(pilot, "text 39", gone="end follows")


async def test_what_is_typed_beside_the_message_goes_into_it() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.log_view.focus()
        await pilot.press("slash", "x")
        await settled(pilot, lambda: pane.prompt.text == "/x")

        assert pane.prompt.has_focus


async def test_files_are_shown_and_can_be_taken_back() -> None:
    async with show(ChatPane()) as (pilot, pane):
        pane.show_attachments(["a.csv", "b\x1b.csv"])
        await shown(pilot, "[+ a.csv ✕]  [+ b\u241b.csv ✕]")
        await pilot.click("#attachments", offset=(18, 0))

        assert [message.index for message in messages(pilot, ChatPane.DetachWanted)] == [1]
