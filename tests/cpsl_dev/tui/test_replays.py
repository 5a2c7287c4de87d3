from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from cpsl_dev.tui.screens.story_screens import ReplayScreen
from cpsl_dev.tui.widgets.inspector import Inspector
from cpsl_dev.tui.widgets.key_bar import KeyBar
from cpsl_dev.tui.widgets.prompt import Prompt
from tests.conftest import MakeApp
from tests.cpsl_dev.tui.conftest import NOTEBOOK
from tests.screens import say, screen, settled, shown

OTHER = NOTEBOOK.replace("Saved note", "Kept note")
SLOW = OTHER.replace("text = message.text", "text = message.text; await asyncio.sleep(30)")


async def pinned(pilot: Pilot[int], text: str = "one") -> None:
    """Have a turn, and replay it on each save."""
    await say(pilot, text)
    await shown(pilot, "Saved note #1")
    await pilot.press("f6")
    await shown(pilot, "⟳ s", "is pinned: each reload replays its last")


async def test_last_turn_is_replayed_and_kept(notebook: Path, make_app: MakeApp) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")
        make_app(OTHER)
        await shown(pilot, "gen 2")
        await pilot.press("ctrl+r")
        await shown(pilot, "Replay of turn 1 · replies differ", "Saved note #1", "Kept note #1")
        assert app.presenter.unread == set()
        await pilot.press("k")

        await shown(pilot, "The replay of turn 1 is kept.", gone="Saved note #1")
        assert [turn.turn for turn in app.presenter.conversation.turns] == [2]


async def test_only_a_replay_that_takes_long_tells_how_it_is_stopped(
    notebook: Path, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")
        monkeypatch.setattr("cpsl_dev.tui.replays._SHORT_SECONDS", 3_600)
        await pilot.press("ctrl+r")
        await shown(pilot, "Replay of turn 1 · the same")
        assert not app._notifications
        await pilot.press("escape")

        monkeypatch.undo()
        make_app(SLOW)
        await shown(pilot, "gen 2")
        await pilot.press("ctrl+r")
        await shown(pilot, "The replay runs; F12 stops it.")
        await pilot.press("f12")
        await settled(pilot, lambda: app.tools.replays._running is None)


async def test_earlier_turn_is_replayed_from_its_row(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await say(pilot, "one")
        await shown(pilot, "Saved note #1")
        await say(pilot, "two")
        await shown(pilot, "Saved note #2")
        app.query_one(Inspector).choose_tab("Turns")
        await pilot.press("f3", "end", "r")

        await shown(pilot, "Replay of turn 1 · the same", "It is not the last turn")
        await pilot.press("d")
        await shown(pilot, "Saved note #2", gone="Replay of turn")


async def test_replay_without_a_turn_says_so(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _):
        await pilot.press("ctrl+r")
        await shown(pilot, "has no turn 1.")
        await pilot.press("f10")
        await shown(pilot, "There is no replay to keep.")


async def test_save_replays_the_pinned_session_without_taking_the_focus(
    notebook: Path, make_app: MakeApp
) -> None:
    async with screen(notebook) as (pilot, app):
        await pinned(pilot)
        await pilot.press(*"typ")
        make_app(OTHER)
        await shown(pilot, "replay of turn 1 on gen 2: replies differ", "- Saved", "+ Kept")
        await pilot.press(*"ing")
        assert app.query_one(Prompt).text == "typing"
        assert app.query_one(Prompt).has_focus
        await pilot.press("f10")

        await shown(pilot, "Kept note #1: one", gone="replay of turn")
        assert app.query_one(Prompt).text == "typing"
        await pilot.press("f6")
        await shown(pilot, "is pinned no more.", gone="⟳ s")
        make_app(NOTEBOOK)
        await shown(pilot, "gen 3", gone="replay of turn")
        assert not app.query_one("#replay-strip").display


async def test_replay_on_save_that_gives_the_same_says_so(
    notebook: Path, make_app: MakeApp
) -> None:
    async with screen(notebook) as (pilot, _):
        await pinned(pilot)
        make_app(NOTEBOOK + "\n    # a comment\n")

        await shown(pilot, "replay of turn 1 on gen 2: the same", gone="F10 keep")
        await pilot.press("f12")
        await shown(pilot, "Saved note #1", gone="the same")


async def test_replay_on_save_is_dropped_and_opened_by_mouse(
    notebook: Path, make_app: MakeApp
) -> None:
    async with screen(notebook) as (pilot, app):
        await pinned(pilot)
        make_app(OTHER)
        await shown(pilot, "+ Kept note", "F10 keep  F12 drop  ^R side by side")
        bar = app.query_one("#replay-keys", KeyBar)
        words = "".join(text for text, _ in bar.lines(80)[0])
        await pilot.click(bar, offset=(words.index("side"), 0))
        await settled(pilot, lambda: isinstance(app.screen, ReplayScreen))
        await pilot.press("escape")
        await settled(pilot, lambda: not isinstance(app.screen, ReplayScreen))
        await pilot.press("ctrl+r")
        await settled(pilot, lambda: isinstance(app.screen, ReplayScreen))
        await pilot.press("escape")
        await settled(pilot, lambda: not isinstance(app.screen, ReplayScreen))
        await pilot.click(bar, offset=(words.index("drop"), 0))

        await shown(pilot, "Saved note #1", gone="replay of turn")


async def test_newest_save_wins_over_a_replay_that_runs(notebook: Path, make_app: MakeApp) -> None:
    async with screen(notebook) as (pilot, _):
        await pinned(pilot)
        make_app(SLOW)
        await shown(pilot, "gen 2", "the last turn is replayed…", "F12 stop")
        make_app(OTHER.replace("Kept", "Newer"))

        await shown(pilot, "replay of turn 1 on gen 3: replies differ", "+ Newer note #1")
        await shown(pilot, "turn.interrupted")


async def test_replay_that_runs_is_stopped(notebook: Path, make_app: MakeApp) -> None:
    async with screen(notebook) as (pilot, app):
        await pinned(pilot)
        make_app(SLOW)
        await shown(pilot, "the last turn is replayed…", "(replay)")
        await pilot.press("f12")

        await shown(pilot, "turn.interrupted", gone="is replayed…")
        assert app.tools.replays._running is None


async def test_pinned_session_without_a_turn_says_so_after_a_save(
    notebook: Path, make_app: MakeApp
) -> None:
    async with screen(notebook) as (pilot, _):
        await pilot.press("f6")
        make_app(OTHER)

        await shown(pilot, "no replay: Session ", "has no turn 1.")
        await pilot.press("ctrl+p")
        await pilot.press(*"replay on")
        await shown(pilot, "Replay on save · s-", " is pinned   F6")


async def test_replay_of_a_session_that_moved_on_is_not_kept(
    notebook: Path, make_app: MakeApp
) -> None:
    async with screen(notebook) as (pilot, _):
        await pinned(pilot)
        make_app(OTHER)
        await shown(pilot, "replies differ")
        await say(pilot, "two")
        await shown(pilot, "Kept note #2")
        await pilot.press("f10")

        await shown(pilot, "Turn 1 is not the last of session", "Kept note #2")


async def test_replay_that_runs_ends_with_the_screen(notebook: Path, make_app: MakeApp) -> None:
    async with screen(notebook) as (pilot, app):
        await pinned(pilot)
        make_app(SLOW)
        await shown(pilot, "the last turn is replayed…")
        running = app.tools.replays._running

    assert running is not None
    await settled(pilot, running.done)
