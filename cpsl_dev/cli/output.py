"""Printing: text that cannot drive the terminal, and JSON lines for machines."""

from __future__ import annotations

import sys
from typing import Any

import click
import orjson

from cpsl_dev.safe_text import safe_text


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text from whatever source, made safe to show."""
    click.echo(safe_text(text), err=err, nl=nl)


def say_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    click.echo(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


def say_rows(rows: list[tuple[str, ...]]) -> None:
    """Print rows with their columns aligned; the last column is as wide as it is."""
    safe = [tuple(safe_text(cell, newlines=False) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*safe, strict=True)]
    for row in safe:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say("  ".join(cells).rstrip())


def has_terminal() -> bool:
    """Tell whether somebody sits before this program."""
    return all(
        stream is not None and not stream.closed and stream.isatty()
        for stream in (sys.stdin, sys.stdout)
    )
