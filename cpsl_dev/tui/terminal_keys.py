"""Keys that most terminals send in a form which Textual takes for something else."""

from __future__ import annotations

from enum import Enum

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS


class AltDigit(Enum):
    """A digit that is pressed together with alt."""

    ONE = "alt+1"
    TWO = "alt+2"
    THREE = "alt+3"
    FOUR = "alt+4"
    FIVE = "alt+5"
    SIX = "alt+6"
    SEVEN = "alt+7"
    EIGHT = "alt+8"
    NINE = "alt+9"


def read_alt_digits() -> None:
    """Let escape and a digit mean alt and the digit, as terminals have it.

    Textual writes what a Mac types with that key, such as a pound sign for alt+3. Only terminals
    with the keyboard protocol of Kitty send something that it reads as the key.
    """
    for key in AltDigit:
        # What it does with the values of its own `Keys`, it does with those of any enumeration.
        ANSI_SEQUENCES_KEYS[f"\x1b{key.value[-1]}"] = (key,)  # type: ignore[index]
