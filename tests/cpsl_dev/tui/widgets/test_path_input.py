from __future__ import annotations

from pathlib import Path

from cpsl_dev.tui.widgets.path_input import PathInput
from tests.screens import settled, show


async def test_tab_completes_as_far_as_it_is_certain(tmp_path: Path) -> None:
    (tmp_path / "report-1.csv").write_text("")
    (tmp_path / "report-2.csv").write_text("")
    async with show(PathInput(str(tmp_path))) as (pilot, entry):
        entry.focus()
        await pilot.press("r", "tab")
        await settled(pilot, lambda: entry.value == "report-")
        await pilot.press("2", "tab")
        await settled(pilot, lambda: entry.value == "report-2.csv")

        assert entry.cursor_position == len("report-2.csv")


async def test_what_was_typed_meanwhile_is_kept(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text("")
    async with show(PathInput(str(tmp_path))) as (_, entry):
        entry.value = "other"
        await entry._complete("r")

        assert entry.value == "other"
