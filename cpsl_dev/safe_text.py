"""Text from elsewhere, made safe to show: what could drive a terminal or hide becomes a mark."""

from __future__ import annotations

import re

# What an emoji may be made of. Only beside these are a variation selector and a joiner left as
# they are: there they choose a picture, anywhere else they can carry text that nobody sees.
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Scripts whose letters change shape at a joiner.
_JOINED_LETTERS = "\u0620-\u064a\u066e-\u06d3\u06fa-\u08c9\u0900-\u0dff\u1820-\u18aa"
_ALLOWED = (
    rf"(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    r"|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    rf"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    rf"|(?<=[{_JOINED_LETTERS}])[\u200c\u200d](?=[{_JOINED_LETTERS}])"
)
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSAFE = rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_INVISIBLE}\ud800-\udfff]"
_LINES = re.compile(rf"(?:{_ALLOWED})|({_UNSAFE})")
_ONE_LINE = re.compile(rf"(?:{_ALLOWED})|({_UNSAFE}|\n)")


def safe_text(text: str, *, newlines: bool = True) -> str:
    """Return `text` with every control, bidirectional and invisible character as a visible mark.

    Newlines and tabs stay.

    Args:
        text: What is to be shown, from whatever source.
        newlines: False where one line is wanted: newlines become marks as well.
    """
    if text.isascii() and text.isprintable():
        return text
    return (_LINES if newlines else _ONE_LINE).sub(_mark, text)


def _mark(match: re.Match[str]) -> str:
    found = match[1]
    if found is None:
        return match[0]
    code = ord(found)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"
