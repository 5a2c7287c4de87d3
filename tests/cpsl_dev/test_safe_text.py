"""Nothing that drives a terminal, turns text around or hides in it gets through."""

from __future__ import annotations

import unicodedata

import pytest

from cpsl_dev.safe_text import safe_text


def test_plain_text_stays_as_it_is() -> None:
    text = "Grüße, 世界!\n\tnaïve café — “quoted” [bold]x[/] list[int]"

    assert safe_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x1b[2J", "␛[2J"),
        ("a\rb\bc\x0cd", "a␍b␈c␌d"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("\u202eevil\u2066", "<U+202E>evil<U+2066>"),
        ("a\u200bb\u200dc\ufe0fd", "a<U+200B>b<U+200D>c<U+FE0F>d"),
        ("\U000e0041", "<U+E0041>"),
        ("a\u2028b", "a<U+2028>b"),
        ("\ud800", "<U+D800>"),
        ("\ufeffbom", "<U+FEFF>bom"),
    ],
)
def test_what_could_do_harm_becomes_a_mark(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_newlines_become_marks_where_one_line_is_wanted() -> None:
    assert safe_text("a\nb\tc\r\n", newlines=False) == "a␊b\tc␍␊"


@pytest.mark.parametrize(
    "text",
    ["❤️ fine", "👩‍💻 and 👨‍👩‍👧‍👦", "1️⃣ #️⃣", "می‌خواهم", "क्‍ष"],
)
def test_emoji_and_joined_letters_stay_whole(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize("text", ["❤\ufe0f\ufe0f", "❤\u200d", "❤\ufe0f\u200da", "1\ufe0fa"])
def test_a_selector_or_joiner_that_chooses_no_picture_is_marked(text: str) -> None:
    assert "<U+" in safe_text(text)


def test_no_control_or_format_character_of_unicode_is_left_over() -> None:
    risky = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp")
        or (unicodedata.category(chr(code)) == "Cf" and not _is_shown(code))
    ]

    left = [f"{ord(char):04X}" for char in risky if char not in "\n\t" and safe_text(char) == char]

    assert left == []


def _is_shown(code: int) -> bool:
    # Format characters that have a shape: number signs and the hieroglyph joiners.
    signs = (0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2)
    return code in (*signs, 0x110BD, 0x110CD) or 0x13430 <= code <= 0x1345F
