from __future__ import annotations

from cpsl_dev.tui.markdown_lines import markdown_lines
from cpsl_dev.tui.markdown_pieces import split_markdown
from cpsl_dev.tui.spans import plain


def test_small_text_stays_in_one_piece() -> None:
    pieces = split_markdown("# title\n\nsome text\n\n- a list")

    assert len(pieces) == 1


def test_pieces_end_at_blank_lines() -> None:
    source = "\n\n".join(f"paragraph {number} " + "word " * 60 for number in range(20))

    pieces = split_markdown(source)

    assert len(pieces) > 5
    assert all(piece.text.startswith("paragraph") and not piece.joined for piece in pieces)


def test_long_list_is_cut_between_its_items() -> None:
    pieces = split_markdown("- item\n" * 4_000)

    assert max(len(piece.text) for piece in pieces) < 3_000
    assert all(piece.text.startswith("- item") for piece in pieces)
    assert [piece.joined for piece in pieces[1:]] == [True] * (len(pieces) - 1)


def test_long_code_is_cut_into_blocks_of_their_own() -> None:
    pieces = split_markdown("```python\n" + "x = 1\n" * 2_000 + "```\nafter")

    lines = [plain(line).strip() for piece in pieces for line in markdown_lines(piece.text, 40)]

    assert len(pieces) > 2
    assert lines.count("x = 1") == 2_000
    assert not [line for line in lines if "`" in line]


def test_text_without_line_breaks_is_cut_too() -> None:
    pieces = split_markdown("word " * 20_000)

    assert max(len(piece.text) for piece in pieces) <= 16_100


def test_growing_text_changes_only_its_last_piece() -> None:
    source = "\n\n".join("a paragraph of some length " * 10 for _ in range(30))

    before, after = split_markdown(source), split_markdown(source + " and more")

    assert before[:-1] == after[: len(before) - 1]
