from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from cpsl.records import JsonObject
from cpsl_dev.tui.dev_app import DevApp
from cpsl_dev.tui.widgets.inspector import Inspector
from tests.screens import change_data, click_text, say, screen, settled, shown


async def stored(app: DevApp) -> JsonObject:
    """Return the data as the server has it."""
    record, _ = await app._link.session(app.presenter.conversation.session_id)
    return record.data


async def begin(pilot: Pilot[int], app: DevApp, data: JsonObject) -> None:
    """Have data, and the focus on it."""
    await change_data(app, data)
    await settled(pilot, lambda: app.presenter.conversation.data.data == data)
    app.query_one(Inspector).choose_tab("Data")
    await pilot.press("f3", "home")


async def write(pilot: Pilot[int], text: str) -> None:
    """Replace what stands in the dialog, and save."""
    await settled(pilot, lambda: pilot.app.screen.query(TextArea))
    pilot.app.screen.query_one(TextArea).load_text(text)
    await pilot.press("ctrl+s")


async def test_value_is_edited_and_undone(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"notes": ["one", "two"]})
        await pilot.press("down", "e")
        await shown(pilot, "Edit /notes/0", '"one"')
        await write(pilot, '{"deep": [1]}')

        await shown(pilot, "▸ 0  {1}", "● changed", "(inspector)", gone="Edit /notes/0")
        assert await stored(app) == {"notes": [{"deep": [1]}, "two"]}
        await pilot.press("u")
        await shown(pilot, '0  "one"', "/notes/0 edited: undone.")
        assert await stored(app) == {"notes": ["one", "two"]}
        await pilot.press("u")
        await shown(pilot, "No edit of this session was made here")


async def test_whole_data_is_edited_and_must_stay_an_object(notebook: Path) -> None:
    async with screen(notebook) as (pilot, _app):
        await pilot.press("f3", "e")
        await shown(pilot, "Edit the data")
        await write(pilot, "[1]")
        await shown(pilot, "something else than an object")
        await write(pilot, '{"": 1, "a/b": {"~": "ü"}}')
        await shown(pilot, "a/b  {1}")
        await pilot.press("E")
        await shown(pilot, '"~": "ü"')
        await write(pilot, "{}")
        await shown(pilot, '""  1', "○ gone", gone="Edit the data")


async def test_keys_and_items_are_added(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await pilot.press("f3", "a")
        await shown(pilot, "Add a key to the data")
        await pilot.press(*"a/~")
        await write(pilot, "[]")
        await shown(pilot, "a/~  [0]")
        await pilot.press("a")
        await shown(pilot, "Add to /a~1~0")
        await write(pilot, '"x"')
        await shown(pilot, '0  "x"')
        await pilot.press("A")
        await pilot.press(*"a/~")
        await write(pilot, "1")
        await shown(pilot, "/a~1~0 is there already: choose another key, or edit that one.")
        await pilot.press("2", "ctrl+s")
        await shown(pilot, "  a/~2  1")

        assert await stored(app) == {"a/~": ["x"], "a/~2": 1}


async def test_value_is_deleted_without_a_question_and_comes_back(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"notes": ["one", "two"], "n": 1})
        await pilot.press("down", "d")
        await shown(pilot, "/notes/0 deleted; u brings it back.", '0  "two"', gone='1  "two"')
        await pilot.press("end", "d")
        await shown(pilot, "○ gone")
        assert await stored(app) == {"notes": ["two"]}
        await pilot.press("e")
        await shown(pilot, "/n is gone.")
        await pilot.press("u")
        await shown(pilot, "n  1")
        await pilot.press("u")
        await shown(pilot, '0  "one"', '1  "two"')
        assert await stored(app) == {"notes": ["one", "two"], "n": 1}


async def test_undo_over_a_later_change_is_refused(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"n": 1})
        await pilot.press("e")
        await write(pilot, "2")
        await shown(pilot, "n  2")
        await change_data(app, {"n": 3})
        await shown(pilot, "n  3")

        await pilot.press("u")

        await shown(pilot, "/n has changed meanwhile: it is 3 now. So this")
        assert await stored(app) == {"n": 3}


async def test_value_that_changed_meanwhile_is_overwritten_only_by_a_second_save(
    notebook: Path,
) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"n": 1})
        await pilot.press("e")
        await shown(pilot, "Edit /n")
        await change_data(app, {"n": 3})
        await write(pilot, "2")
        await shown(pilot, "/n has changed meanwhile: it is 3 now.")
        assert app.screen.query_one(TextArea).text == "2"
        assert await stored(app) == {"n": 3}

        await pilot.press("ctrl+s")
        await shown(pilot, "n  2", gone="Edit /n")
        assert await stored(app) == {"n": 2}


async def test_edit_waits_for_a_running_turn_and_can_be_given_up(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"n": 1})
        await pilot.press("f2")
        await say(pilot, "wait")
        await shown(pilot, "⋯ Thinking")
        await pilot.press("f3", "e")
        await write(pilot, "2")
        await shown(pilot, "It waits for turn 1 to end; esc gives up.")
        await pilot.press("escape", "escape")
        await shown(pilot, gone="Edit /n")

        await pilot.press("d")
        await shown(pilot, "The edit waits for turn 1 to end.")
        assert await stored(app) == {"n": 1}
        await pilot.press("f2", "escape")
        await shown(pilot, "⚠ interrupted", "/n deleted; u brings it back.", "○ gone")
        assert await stored(app) == {}


async def test_turn_that_changes_other_values_does_not_stop_an_edit(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"n": 1})
        await pilot.press("f2")
        await say(pilot, "stream")
        await say(pilot, "a note")
        await pilot.press("f3", "e")
        await write(pilot, "2")

        await shown(pilot, "n  2", '"a note"', gone="Edit /n")
        assert await stored(app) == {"n": 2, "notes": ["a note"]}


@pytest.mark.parametrize("value", ["x" * 25_000, ["word"] * 20_000])
async def test_long_value_is_left_alone(notebook: Path, value: object) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"n": value})
        await pilot.press("e")

        await shown(pilot, "characters as JSON: edit a part of it")


async def test_edits_are_made_by_mouse_and_from_the_palette(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        await begin(pilot, app, {"n": 1, "m": 2})
        await pilot.press("f2")
        await click_text(pilot, "d delete")
        await shown(pilot, "/n deleted; u brings it back.")

        app.query_one(Inspector).choose_tab("Session")
        await pilot.press("f2", "ctrl+p")
        await pilot.press(*"undo the")
        await shown(pilot, "Undo the last edit   u")
        await pilot.press("enter")
        await shown(pilot, "/n deleted: undone.", "  n  1", "e edit  a add  d delete  u undo")


async def test_hostile_value_is_edited_and_stays_what_it_was(notebook: Path) -> None:
    async with screen(notebook) as (pilot, app):
        evil: Any = "\x1b]52;c;x\x07\u202e\u200b[red]"
        await begin(pilot, app, {evil: [evil]})
        await pilot.press("e")
        await shown(pilot, "\\u001b]52;c;x", "[red]")
        assert "\u202e" not in app.screen.query_one(TextArea).text
        await pilot.press("ctrl+s")
        await shown(pilot, gone="Edit /")

        assert await stored(app) == {evil: [evil]}
