"""Source code as lines of spans."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

from cpsl_dev.tui.spans import Line, Span, width_of, wrap

_BASE = "md-block"
# The first name that a token's type starts with decides.
_STYLES = (
    ("Token.Keyword", "code-keyword"),
    ("Token.Operator.Word", "code-keyword"),
    ("Token.Name.Builtin", "code-name"),
    ("Token.Name.Function", "code-name"),
    ("Token.Name.Class", "code-name"),
    ("Token.Name.Decorator", "code-name"),
    ("Token.Name.Tag", "code-name"),
    ("Token.Literal.String", "code-string"),
    ("Token.Literal.Number", "code-number"),
    ("Token.Comment", "code-comment"),
    ("Token.Generic.Deleted", "code-deleted"),
    ("Token.Generic.Inserted", "code-inserted"),
)


def code_lines(code: str, language: str, width: int) -> list[Line]:
    """Lay out code on a ground of its own, with colours where the language is known."""
    margin: Span = (" ", (_BASE,))
    lines: list[Line] = []
    for line in wrap(_spans(code.expandtabs(4), language), max(1, width - 2)):
        filling = " " * (width - width_of(line) - 1)
        lines.append((margin, *line, (filling, (_BASE,))))
    return lines


def _spans(code: str, language: str) -> list[Span]:
    lexer = _lexer(language.split(" ")[0].lower()) if language else None
    if lexer is None:
        return [(code, (_BASE,))]
    return [(text, _token_styles(str(kind))) for kind, text in lexer.get_tokens(code) if text]


@lru_cache(64)
def _lexer(language: str) -> Any | None:
    # Only who shows code waits for the 50 ms that this takes.
    lexers = importlib.import_module("pygments.lexers")
    try:
        return lexers.get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except lexers.ClassNotFound:
        return None


@lru_cache(512)
def _token_styles(kind: str) -> tuple[str, ...]:
    for prefix, style in _STYLES:
        if kind.startswith(prefix):
            return (_BASE, style)
    return (_BASE,)
