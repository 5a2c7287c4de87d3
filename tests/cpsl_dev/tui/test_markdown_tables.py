from __future__ import annotations

from cpsl_dev.tui.markdown_tables import table_lines
from cpsl_dev.tui.spans import Span, plain, width_of


def rows(*texts: list[str]) -> list[list[list[Span]]]:
    return [[[(text, ())] for text in row] for row in texts]


def test_wide_cells_wrap_in_their_column() -> None:
    lines = table_lines(rows(["a", "b"], ["1", "a long text in a cell"]), 14)

    assert [plain(line).rstrip() for line in lines] == [
        "a  b",
        "──────────────",
        "1  a long text",
        "   in a cell",
    ]


def test_widest_column_gives_way_first() -> None:
    lines = table_lines(rows(["short", "x" * 100]), 30)

    assert plain(lines[0]).startswith("short  x")
    assert max(width_of(line) for line in lines) == 30


def test_rows_beyond_the_limit_are_counted() -> None:
    lines = table_lines(rows(["h"], *[["r"]] * 500), 40)

    assert plain(lines[-1]) == "… 300 more rows"


def test_short_rows_leave_their_cells_empty() -> None:
    lines = table_lines(rows(["a", "b"], ["1"]), 20)

    assert plain(lines[-1]).strip() == "1"


def test_empty_table_is_nothing() -> None:
    assert table_lines([], 20) == []
