from __future__ import annotations

from cpsl_dev.tui.code_lines import code_lines
from cpsl_dev.tui.spans import plain, width_of


def test_every_line_fills_the_width() -> None:
    lines = code_lines("a = 1\nbb = 22", "python", 20)

    assert [width_of(line) for line in lines] == [20, 20]


def test_unknown_language_is_shown_without_colours() -> None:
    lines = code_lines("a = 1", "no-such-language", 10)

    assert {names for line in lines for _, names in line} == {("md-block",)}


def test_tabs_become_blanks() -> None:
    assert plain(code_lines("\tx", "", 10)[0]) == "     x    "


def test_long_lines_wrap() -> None:
    lines = code_lines("x" * 30, "", 12)

    assert [plain(line).strip() for line in lines] == ["x" * 10] * 3
