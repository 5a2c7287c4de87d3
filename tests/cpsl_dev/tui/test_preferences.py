from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.tui.preferences import Preferences, load_preferences, save_preferences


def test_choices_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"

    save_preferences(path, Preferences(theme="nord", session_id="s1"))

    assert load_preferences(path) == Preferences(theme="nord", session_id="s1")


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"theme": 7, "other": 1}', b"\xff"])
def test_damaged_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "screen.json").write_bytes(content)

    assert load_preferences(tmp_path / "screen.json") == Preferences()


def test_folder_that_is_gone_costs_nothing_but_a_warning(tmp_path: Path) -> None:
    save_preferences(tmp_path / "gone" / "screen.json", Preferences())

    assert not (tmp_path / "gone").exists()


def test_sizes_are_remembered_and_what_is_no_number_is_not(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    save_preferences(path, Preferences(chat_share=45))
    assert load_preferences(path).chat_share == 45

    path.write_bytes(b'{"chat_share": true, "events_share": "40"}')
    assert load_preferences(path) == Preferences()
