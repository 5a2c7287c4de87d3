"""What can be pressed in the conversation, on a real app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cpsl_dev.tui.spans import plain
from cpsl_dev.tui.widgets.chat_log import ChatLog
from cpsl_dev.tui.widgets.prompt import Prompt
from tests.conftest import MakeApp
from tests.pictures import Site, web
from tests.screens import say, screen, settled, shown

APP = """
    import asyncio

    import cpsl

    app = cpsl.App(name="offering", image=cpsl.Image())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        if message.text == "offer":
            await session.show_suggestions(
                [
                    cpsl.Suggestion("Yes, please", prompt="yes"),
                    {"label": "Act", "value": "archive", "target": "action"},
                ],
                title="And now?",
            )
        elif message.text == "work":
            step = await session.show_step("Searching")
            await session.show_step("Searching", status="done", step_id=step)
            await session.show_activity(
                "Read", links=[{"label": "Site", "url": "https://example.org/x"}]
            )
            terminal = await session.terminal("build").show()
            await terminal.shell("echo built; echo oops >&2; exit 3")
            await session.show_table(rows=[{"name": "tea", "price": 2}], title="Prices")
            await session.show_image("dot.png", alt="A dot")
            await session.set_title("Trip to Rome")
        elif message.text.startswith("http"):
            await session.show_image(message.text, alt="From afar")
        elif message.text == "fail":
            raise ValueError("as you wish")
        elif message.text == "wait":
            await asyncio.sleep(60)
        else:
            await session.reply("echo " + message.text)
"""


@pytest.fixture
def offering(make_app: MakeApp) -> Path:
    folder = make_app(APP)
    (folder / "dot.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def site() -> Iterator[Site]:
    pytest.importorskip("PIL")
    with web() as running:
        yield running


async def choose(pilot: Pilot[int], title: str) -> None:
    """Run an action from the palette, with keys only."""
    await pilot.press("ctrl+p", *title)
    await shown(pilot, title, "draw it.")
    await pilot.press("enter")


async def click(pilot: Pilot[int], text: str) -> None:
    """Click on a text of the conversation."""
    log = pilot.app.query_one(ChatLog)
    await settled(pilot, lambda: log.is_laid_out)
    for y in range(log.view_height):
        line = plain(log.line_at(y + log.scroll_offset.y))
        if text in line:
            await pilot.click(log, offset=(1 + line.index(text), y))
            return
    raise AssertionError(f"{text!r} is not in sight")


async def test_suggestion_is_sent_by_key_while_typing_and_by_mouse(offering: Path) -> None:
    async with screen(offering) as (pilot, app):
        await pilot.press("alt+1")
        await shown(pilot, "The app suggests nothing with that number.")
        await say(pilot, "offer")
        await shown(pilot, "And now?", "[alt+1: Yes, please]", "[alt+2: Act]")
        await pilot.press("x", "alt+1")
        await shown(pilot, "echo yes")
        assert app.query_one(Prompt).text == "x"

        await click(pilot, "Yes, please")
        await settled(pilot, lambda: app.presenter.conversation.turns.last == 3, "sent again")
        await pilot.press("alt+2")
        await shown(pilot, "This runs the action 'archive' of a page")


async def test_blocks_of_a_real_turn_have_a_form_and_are_replaced(offering: Path) -> None:
    async with screen(offering) as (pilot, app):
        await say(pilot, "work")
        await shown(
            pilot,
            "✓ Searching",
            "▸ Read",
            "Site https://example.org/x",
            "✗ $ echo built; echo oops >&2; exit 3  exit 3",
            "  built",
            "  oops",
            "▤ Prices",
            "tea   2",
            "▣ A dot  10 bytes",
            " · Trip to Rome",
            gone="◌ Searching",
        )
        await click(pilot, "https://example.org/x")
        await shown(pilot, "The address is copied: https://example.org/x")
        assert app.clipboard == "https://example.org/x"


async def test_message_is_sent_again_from_its_row_and_by_key(offering: Path) -> None:
    async with screen(offering) as (pilot, app):
        await say(pilot, "wait")
        await shown(pilot, "running")
        await pilot.press("escape")
        await shown(pilot, "⚠ interrupted", "[^S: send it again]")
        await pilot.press("ctrl+s")
        await shown(pilot, "running", "[send it again]")
        await pilot.press("escape")
        await shown(pilot, "[^S: send it again]")
        await say(pilot, "hello")
        await shown(pilot, "echo hello")

        await click(pilot, "[send it again]")
        await settled(pilot, lambda: app.presenter.conversation.turns.last == 4)
        await shown(pilot, "running")


async def test_traceback_opens_with_a_click(offering: Path) -> None:
    async with screen(offering) as (pilot, _):
        await say(pilot, "fail")
        await shown(pilot, "✗ ValueError: as you wish")
        await say(pilot, "hello")
        await shown(pilot, "echo hello")

        await click(pilot, "F8 shows")
        await shown(pilot, "ValueError in turn 1", "Traceback (most recent call last)")


async def test_picture_of_the_web_is_fetched_with_a_click_and_not_before(
    offering: Path, site: Site
) -> None:
    async with screen(offering, size=(80, 24)) as (pilot, _):
        await say(pilot, f"{site.url}/late.png")
        await shown(pilot, "▣ From afar", f"{site.url}/late.png", "[fetch and draw it]", "gen 1 · ")
        assert site.asked == []

        await click(pilot, "[fetch and draw it]")
        await settled(pilot, lambda: site.asked)
        await click(pilot, "[fetch and draw it]")
        await shown(pilot, "This picture is being fetched.")
        site.go.set()

        await shown(pilot, "▣ From afar  4 by 4", "▀▀▀▀", gone="[fetch and draw it]")
        assert site.asked == ["/late.png"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "the server answers 404"), ("broken.png", "what is there cannot be drawn")],
)
async def test_picture_that_does_not_come_can_be_asked_for_again(
    offering: Path, site: Site, name: str, reason: str
) -> None:
    async with screen(offering) as (pilot, app):
        await say(pilot, f"{site.url}/{name}")
        await shown(pilot, "[fetch and draw it]")
        await click(pilot, "[fetch and draw it]")
        await shown(pilot, "No picture from")
        # On the screen it is broken into lines, which depend on the address.
        assert f"/{name}: {reason}" in " ".join(note.message for note in app._notifications)
        await shown(pilot, "[fetch and draw it]")

        await click(pilot, "[fetch and draw it]")
        await settled(pilot, lambda: site.asked == [f"/{name}"] * 2, "asked again")


async def test_newest_picture_is_fetched_from_the_palette(offering: Path, site: Site) -> None:
    async with screen(offering) as (pilot, _):
        await choose(pilot, "Fetch a picture")
        await shown(pilot, "No picture here is still to be fetched.")
        for name in ("old/red.png", "new/red.png"):
            await say(pilot, f"{site.url}/{name}")
            await shown(pilot, f"  {site.url}/{name}")

        await choose(pilot, "Fetch a picture")
        await shown(pilot, "▀▀▀▀", "[fetch and draw it]")
        assert site.asked == ["/new/red.png"]
        await choose(pilot, "Fetch a picture")
        await shown(pilot, "▀▀▀▀", gone="[fetch and draw it]")
        assert site.asked == ["/new/red.png", "/old/red.png"]


async def test_without_colours_no_picture_is_fetched(
    offering: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with screen(offering) as (pilot, _):
        await say(pilot, f"{site.url}/red.png")
        await shown(pilot, f"  {site.url}/red.png", gone="[fetch and draw it]")

        await choose(pilot, "Fetch a picture")
        await shown(pilot, "Pictures are drawn with colours, and NO_COLOR is set.")
        assert site.asked == []
