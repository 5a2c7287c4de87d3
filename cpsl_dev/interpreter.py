"""How the dev server's own interpreter is set: quick to start, quick to answer."""

from __future__ import annotations

import gc
import sys

# A thread must not wait for 5 ms, which is usual, whenever another one has the interpreter.
_SWITCH_SECONDS = 0.001
_COLLECT = (20_000, 20, 50)


def start_quickly() -> None:
    """Collect no garbage while code is imported, of which there is none: it takes a fifth of it."""
    gc.disable()
    sys.setswitchinterval(_SWITCH_SECONDS)


def start_collecting() -> None:
    """Collect what comes from now on; what was imported stays anyway.

    A full collection over all of Textual would take 100 ms and more, in which no key is answered.
    """
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    gc.enable()
