from __future__ import annotations

from cpsl.records import ErrorRecord
from cpsl_dev.tui.spans import plain
from cpsl_dev.tui.widgets.error_banner import ErrorBanner, Trouble
from tests.screens import show, text_of

ERROR = ErrorRecord(
    type="SyntaxError", message="'(' was never closed", file="app.py", line=14, text="x = (\n    ^"
)


async def test_banner_shows_place_message_source_and_what_answers() -> None:
    async with show(ErrorBanner(id="banner"), size=(120, 10)) as (pilot, banner):
        banner.trouble = Trouble(error=ERROR, generation=11)
        await pilot.pause()
        text = text_of(pilot.app)

        assert "app.py:14  SyntaxError: '(' was never closed" in text
        assert "answers come from generation 11 until this is fixed" in text
        assert "│ x = (" in text


async def test_banner_takes_no_room_without_trouble() -> None:
    async with show(ErrorBanner(id="banner"), size=(120, 10)) as (pilot, banner):
        banner.trouble = Trouble(error=ERROR)
        await pilot.pause()
        assert banner.size.height == 2

        banner.trouble = None
        await pilot.pause()
        assert not banner.display


def test_narrow_banner_wraps() -> None:
    banner = ErrorBanner()
    banner.set_reactive(ErrorBanner.trouble, Trouble(error=ERROR))

    lines = [plain(line).strip() for line in banner.lines(50)]

    assert lines == [
        "✗ app.py:14  SyntaxError: '(' was never closed",
        "nothing answers until this is fixed   F8 details",
        "│ x = (",
    ]


def test_error_without_a_place_is_shown_too() -> None:
    banner = ErrorBanner()
    error = ErrorRecord(type="WorkerDied", message="by signal 11")
    banner.set_reactive(ErrorBanner.trouble, Trouble(error=error, generation=1))

    assert plain(banner.lines(100)[0]).startswith("✗ WorkerDied: by signal 11")
