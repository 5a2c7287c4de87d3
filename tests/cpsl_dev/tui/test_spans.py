from __future__ import annotations

import pytest

from cpsl_dev.tui.spans import (
    cut,
    one_line,
    plain,
    target_at,
    two_sided,
    width_of,
    wrap,
    wrap_plain,
)


def test_words_move_to_the_next_line_whole() -> None:
    lines = wrap_plain("the quick brown fox", 10)

    assert [plain(line) for line in lines] == ["the quick", "brown fox"]


def test_own_line_breaks_and_indentation_stay() -> None:
    lines = wrap_plain("a\n\n    b", 20)

    assert [plain(line) for line in lines] == ["a", "", "    b"]


@pytest.mark.parametrize(
    "text", ["x" * 500, "\u4f60" * 300, "e" + "\u0301" * 5_000, "\U0001f600" * 99, "ab " * 300]
)
def test_no_line_is_wider_than_asked_for(text: str) -> None:
    lines = wrap_plain(text, 17)

    assert max(width_of(line) for line in lines) <= 17
    assert "".join(plain(line) for line in lines).replace(" ", "") == text.replace(" ", "")


def test_marks_that_take_no_cell_cannot_make_a_line_endless() -> None:
    lines = wrap_plain("e" + "\u0301" * 10_000, 10)

    assert max(len(plain(line)) for line in lines) <= 80


def test_prefixes_stand_before_the_first_and_the_other_lines() -> None:
    lines = wrap([("one two three", ())], 8, first=(("* ", ("mark",)),))

    assert [plain(line) for line in lines] == ["* one", "  two", "  three"]


def test_styles_follow_their_text_over_a_line_break() -> None:
    lines = wrap([("plain ", ()), ("bold words here", ("strong",))], 12)

    assert [span for line in lines for span in line if span[1]] == [
        ("bold", ("strong",)),
        ("words here", ("strong",)),
    ]


def test_cut_line_ends_with_an_ellipsis() -> None:
    line = cut((("hello ", ()), ("wide world", ("strong",))), 9)

    assert (plain(line), width_of(line)) == ("hello wi…", 9)


def test_right_side_stays_when_the_left_is_too_long() -> None:
    line = two_sided((("a long left side", ()),), (("right", ()),), 14)

    assert plain(line) == "a long … right"


def test_text_for_one_line_has_no_breaks_or_tabs() -> None:
    assert one_line("a\tb\nc\x1b") == "a b\u240ac\u241b"


def test_target_is_found_by_its_cells() -> None:
    line = (("ab", ()), ("日本", ("button", "@go:1")), ("c", ()))

    assert [target_at(line, x) for x in range(8)] == ["", "", *["go:1"] * 4, "", ""]
