"""Markdown as lines of spans, ready to be drawn.

Everything is shown: HTML stays as it was written, a link shows where it leads, and whatever an
entity such as `&#x202e;` turns into is made visible. No widget and no terminal is involved, so
this can run in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from cpsl_dev.safe_text import safe_text
from cpsl_dev.tui.code_lines import code_lines
from cpsl_dev.tui.markdown_tables import table_lines
from cpsl_dev.tui.spans import Line, Span, wrap, wrap_plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_MARKS = {"strong": "md-strong", "em": "md-em", "s": "md-strike"}
_WEB = ("http://", "https://")
_NARROWEST = 8
# What is nested deeper than this is left out by the parser: such a text is shown as it is.
_DEEPEST = 30


def markdown_lines(source: str, width: int) -> list[Line]:
    """Lay out a Markdown text at `width` cells."""
    # The first frame need not wait for the parser: there is nothing to lay out yet.
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415 - as said above

    tokens = _parser().parse(source)
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return wrap_plain(safe_text(source), width)
    return _blocks(SyntaxTreeNode(tokens).children, max(1, width), ())


@lru_cache(1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - as said above

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
    return parser.enable(["table", "strikethrough"])


def _blocks(nodes: Iterable[SyntaxTreeNode], width: int, styles: tuple[str, ...]) -> list[Line]:
    lines: list[Line] = []
    for node in nodes:
        block = _block(node, width, styles)
        if lines and block and not _is_tight(node):
            lines.append(())
        lines += block
    return lines


def _is_tight(node: SyntaxTreeNode) -> bool:
    """A list right under the text of its item stands without a blank line."""
    parent = node.parent
    return parent is not None and parent.type == "list_item" and node.type.endswith("_list")


def _is_loose(item: SyntaxTreeNode) -> bool:
    """Tell whether the author left blank lines between the items."""
    return any(child.type == "paragraph" and not child.hidden for child in item.children)


def _block(node: SyntaxTreeNode, width: int, styles: tuple[str, ...]) -> list[Line]:
    match node.type:
        case "heading":
            return wrap(_inline(node, (*styles, "md-heading", f"md-{node.tag}")), width)
        case "fence" | "code_block":
            return code_lines(safe_text(node.content.rstrip("\n")), node.info.strip(), width)
        case "blockquote":
            return _quote(node, width, styles)
        case "bullet_list" | "ordered_list":
            return _list(node, width, styles)
        case "hr":
            return [(("─" * width, ("md-rule",)),)]
        case "table":
            return table_lines(_rows(node), width)
    return wrap(_inline(node, styles), width)


def _quote(node: SyntaxTreeNode, width: int, styles: tuple[str, ...]) -> list[Line]:
    bar: Span = ("▌ ", ("md-rule",))
    if width < _NARROWEST:
        return _blocks(node.children, width, styles)
    inner = _blocks(node.children, width - 2, (*styles, "md-quote"))
    return [(bar, *line) for line in inner]


def _list(node: SyntaxTreeNode, width: int, styles: tuple[str, ...]) -> list[Line]:
    start = int(node.attrs.get("start", 1))
    last = len(str(start + len(node.children) - 1))
    lines: list[Line] = []
    for number, item in enumerate(node.children, start):
        mark = "• " if node.type == "bullet_list" else f"{number:>{last}}. "
        if len(mark) + _NARROWEST > width:
            mark = ""
        inner = _blocks(item.children, width - len(mark), styles) or [()]
        if lines and _is_loose(item):
            lines.append(())
        for index, line in enumerate(inner):
            prefix: Span = (mark, ("md-bullet",)) if index == 0 else (" " * len(mark), ())
            lines.append((prefix, *line))
    return lines


def _rows(table: SyntaxTreeNode) -> list[list[list[Span]]]:
    rows = []
    for section in table.children:
        style = ("md-heading",) if section.type == "thead" else ()
        rows += [[_inline(cell, style) for cell in row.children] for row in section.children]
    return rows


def _inline(node: SyntaxTreeNode, styles: tuple[str, ...]) -> list[Span]:
    spans: list[Span] = []
    for child in node.children:
        spans += _inline_part(child, styles)
    return spans


def _inline_part(node: SyntaxTreeNode, styles: tuple[str, ...]) -> list[Span]:
    match node.type:
        case "softbreak" | "hardbreak":
            # In a chat a line break is meant.
            return [("\n", styles)]
        case "code_inline":
            return [(safe_text(node.content), (*styles, "md-code"))]
        case "link":
            return _link(node, "[", str(node.attrs.get("href", "")), styles)
        case "image":
            return _link(node, "![", str(node.attrs.get("src", "")), styles)
    if node.children:
        mark = _MARKS.get(node.type)
        return _inline(node, (*styles, mark) if mark else styles)
    return [(safe_text(node.content), styles)]


def _link(node: SyntaxTreeNode, opening: str, target: str, styles: tuple[str, ...]) -> list[Span]:
    """Show where a link leads, unless its text says so; what leads elsewhere is no link."""
    target = safe_text(target, newlines=False)
    if not target.lower().startswith(_WEB):
        return [(opening, styles), *_inline(node, styles), (f"]({target})", styles)]
    text = _inline(node, (*styles, "md-link"))
    if "".join(part for part, _ in text) == target:
        return text
    return [*(text or [("image", styles)]), (f" ({target})", ("md-url",))]
