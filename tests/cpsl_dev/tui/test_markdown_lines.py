from __future__ import annotations

import time

import pytest

from cpsl_dev.tui.markdown_lines import markdown_lines
from cpsl_dev.tui.spans import plain, width_of


def shown(source: str, width: int = 40) -> list[str]:
    return [plain(line).rstrip() for line in markdown_lines(source, width)]


def styles(source: str, text: str) -> tuple[str, ...]:
    for line in markdown_lines(source, 40):
        for part, names in line:
            if text in part:
                return names
    raise AssertionError(f"{text!r} is not shown")


def test_blocks_are_separated_by_a_blank_line() -> None:
    assert shown("# Title\n\ntext\n\n---\n\nend") == ["Title", "", "text", "", "─" * 40, "", "end"]


def test_marks_become_styles() -> None:
    source = "**bold** *soft* `code` ~~gone~~ # no\n\n## Head"

    assert styles(source, "bold") == ("md-strong",)
    assert styles(source, "soft") == ("md-em",)
    assert styles(source, "code") == ("md-code",)
    assert styles(source, "gone") == ("md-strike",)
    assert styles(source, "Head") == ("md-heading", "md-h2")


def test_lists_are_nested_and_numbered_from_their_start() -> None:
    source = "- a\n  - b\n- c\n\n9. x\n10. y"

    assert shown(source) == ["• a", "  • b", "• c", "", " 9. x", "10. y"]


def test_line_break_in_a_paragraph_stays() -> None:
    assert shown("one\ntwo") == ["one", "two"]


def test_quotes_have_a_bar() -> None:
    assert shown("> a\n> > b") == ["▌ a", "▌", "▌ ▌ b"]


def test_code_keeps_its_lines_and_has_colours() -> None:
    source = "```python\ndef f():\n    return 'x'\n```"

    assert shown(source) == [" def f():", "     return 'x'"]
    assert "code-keyword" in styles(source, "def")
    assert "code-string" in styles(source, "'x'")


def test_table_has_columns() -> None:
    assert shown("|a|b|\n|-|-|\n|one|2|") == ["a    b", "──────", "one  2"]


@pytest.mark.parametrize(
    "source",
    [
        "<b>bold</b>",
        "<details>hidden</details>",
        "list[int]",
        "[/]",
        "[@click=app.quit]x",
        "</kbd>",
    ],
)
def test_what_looks_like_html_or_markup_is_shown_as_it_is(source: str) -> None:
    assert shown(source) == [source]


@pytest.mark.parametrize("target", ["javascript:alert(1)", "file:///etc/passwd", "vscode://x"])
def test_links_elsewhere_than_the_web_are_no_links(target: str) -> None:
    assert shown(f"[click]({target})", 60) == [f"[click]({target})"]


def test_link_shows_where_it_leads() -> None:
    assert shown("[click](https://a.example/b)", 60) == ["click (https://a.example/b)"]
    assert shown("![pic](https://a.example/b)", 60) == ["pic (https://a.example/b)"]
    assert shown("<https://a.example>", 60) == ["https://a.example"]


@pytest.mark.parametrize("source", ["a&#x202e;b", "`a&#27;b`", "[x](http://a/\u202e)", "a\u200bb"])
def test_hidden_characters_are_visible_marks(source: str) -> None:
    text = "".join(shown(source, 60))

    assert not {"\u202e", "\x1b", "\u200b"} & set(text)


def test_what_is_nested_too_deep_is_shown_plain() -> None:
    assert "x" in "".join(shown(">" * 300 + " x"))


@pytest.mark.parametrize("width", [1, 2, 7, 20])
def test_no_line_is_wider_than_the_pane(width: int) -> None:
    source = "# T\n\n> - a b\n>   1. `code word`\n\n```py\nx = 1\n```\n\n|a|b|c|\n|-|-|-|\n|1|2|3|"

    widths = [width_of(line) for line in markdown_lines(source, width)]

    assert max(widths) <= max(width, 7)


@pytest.mark.parametrize(
    "source",
    ["[" * 5_000, "*a " * 3_000, "|a|b|\n|-|-|\n" + "|x|y|\n" * 1_000, "a`b" * 3_000, "> " * 3_000],
)
def test_hostile_text_is_laid_out_in_a_bounded_time(source: str) -> None:
    began = time.process_time()

    markdown_lines(source, 80)

    assert time.process_time() - began < 3
