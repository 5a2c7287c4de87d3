from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.screen import Screen

from cpsl_dev.tui.second_clicks import SecondClicks
from tests.screens import press, say, screen, settled, shown, text_of
from tests.servers import DEADLINE_SECONDS


def make(kind: type[events.MouseEvent], x: int, at_seconds: float) -> Any:
    event = kind(None, x, 3, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=3)
    event.time = at_seconds
    return event


@pytest.mark.parametrize(
    ("x", "after_seconds", "is_other_screen", "is_stray"),
    [(5, 0.1, True, True), (5, 0.1, False, False), (6, 0.1, True, False), (5, 9.0, True, False)],
)
def test_second_press_at_the_place_of_the_first_is_of_its_screen(
    x: int, after_seconds: float, is_other_screen: bool, is_stray: bool
) -> None:
    clicks = SecondClicks()
    first: Screen[object] = Screen()
    second: Screen[object] = Screen() if is_other_screen else first
    assert not clicks.is_stray(make(events.MouseDown, 5, 100.0), first)
    assert not clicks.is_stray(make(events.MouseUp, 5, 100.0), first)

    found = [
        clicks.is_stray(make(kind, x, 100.0 + after_seconds), second)
        for kind in (events.MouseDown, events.MouseUp)
    ]

    assert found == [is_stray, is_stray]
    # What comes later means the screen that is there.
    assert not clicks.is_stray(make(events.MouseDown, x, 200.0), second)


async def test_double_click_on_a_session_does_not_reach_what_lies_below(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is, the second half comes in time.
    monkeypatch.setattr(App, "CLICK_CHAIN_TIME_THRESHOLD", DEADLINE_SECONDS)
    async with screen(notebook) as (pilot, app):
        for number in range(9):
            await say(pilot, f"remember {number}")
        await shown(pilot, "Saved note #9")
        session_id = app.presenter.conversation.session_id
        await pilot.press("ctrl+o")
        await shown(pilot, "search by id")
        row = next(
            (x.find(session_id), y)
            for y, x in enumerate(text_of(app).splitlines())
            if session_id in x and "turns" in x
        )

        press(app, *row)
        await settled(pilot, lambda: len(app.screen_stack) == 1)
        press(app, *row)
        await pilot.pause(0.3)

        assert len(app.screen_stack) == 1, text_of(app)
        # Elsewhere it does what it did.
        press(app, row[0], row[1] + 1)
        press(app, row[0], row[1] + 1)
        await settled(pilot, lambda: len(app.screen_stack) == 2)
