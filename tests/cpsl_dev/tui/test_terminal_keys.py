from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from cpsl_dev.tui.actions import ACTIONS
from cpsl_dev.tui.terminal_keys import AltDigit, read_alt_digits


def keys_of(sent: str) -> list[tuple[str, bool]]:
    """Return the keys that Textual reads, and whether each types something."""
    found = XTermParser().feed(sent)
    return [(event.key, event.is_printable) for event in found if isinstance(event, events.Key)]


@pytest.mark.parametrize("digit", range(1, 10))
def test_alt_and_a_digit_is_a_key_that_types_nothing(digit: int) -> None:
    read_alt_digits()

    assert keys_of(f"\x1b{digit}") == [(f"alt+{digit}", False)]


def test_other_keys_stay_what_they_are() -> None:
    read_alt_digits()

    assert keys_of("3") == [("3", True)]
    assert keys_of("£") == [("pound_sign", True)]
    assert keys_of("\x1b[1;3D") == [("alt+left", False)]


def test_every_suggestion_has_such_a_key() -> None:
    keys = {action.keys for action in ACTIONS if action.name.startswith("suggestion(")}

    assert keys == {key.value for key in AltDigit}
