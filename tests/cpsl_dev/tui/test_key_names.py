from __future__ import annotations

from cpsl_dev.tui.key_names import key_name


def test_keys_are_written_as_people_do() -> None:
    names = [key_name(key) for key in ("ctrl+q", "f5", "slash", "question_mark", "escape", "tab")]

    assert names == ["^Q", "F5", "/", "?", "esc", "tab"]
