"""Tables as lines of spans."""

from __future__ import annotations

from cpsl_dev.tui.spans import Line, Span, width_of, wrap

_MOST_ROWS = 200
_MOST_COLUMNS = 24
_GAP = 2


def table_lines(rows: list[list[list[Span]]], width: int) -> list[Line]:
    """Lay out rows of cells; the first row is the heading. Cells wrap where room is short."""
    shown = [row[:_MOST_COLUMNS] for row in rows[: _MOST_ROWS + 1]]
    if not shown or not shown[0]:
        return []
    widths = _column_widths(shown, width)
    lines = _row_lines(shown[0], widths)
    lines.append((("─" * min(width, sum(widths) + _GAP * (len(widths) - 1)), ("md-rule",)),))
    for row in shown[1:]:
        lines += _row_lines(row, widths)
    if len(rows) > len(shown):
        lines.append(((f"… {len(rows) - len(shown):,} more rows", ("md-url",)),))
    return lines


def _column_widths(rows: list[list[list[Span]]], width: int) -> list[int]:
    wanted = [
        max(1, *(width_of(row[index]) for row in rows if index < len(row)))
        for index in range(len(rows[0]))
    ]
    room = max(len(wanted), width - _GAP * (len(wanted) - 1))
    while sum(wanted) > room:
        # The widest columns give way first, down to the next widest.
        widest = max(wanted)
        if widest <= 1:
            break
        at = [index for index, size in enumerate(wanted) if size == widest]
        second = max([size for size in wanted if size < widest], default=1)
        excess = sum(wanted) - room
        step = max(1, min(widest - second, -(-excess // len(at))))
        for index in at:
            wanted[index] = max(1, widest - step)
    return wanted


def _row_lines(row: list[list[Span]], widths: list[int]) -> list[Line]:
    cells = [wrap(cell, widths[index]) for index, cell in enumerate(row[: len(widths)])]
    lines: list[Line] = []
    for at in range(max(map(len, cells), default=0)):
        line: list[Span] = []
        for index, cell in enumerate(cells):
            part = cell[at] if at < len(cell) else ()
            gap = widths[index] - width_of(part) + _GAP
            line += [*part, (" " * gap, ())]
        lines.append(tuple(line[:-1]))
    return lines
