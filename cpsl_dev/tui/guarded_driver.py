"""The last guard before the terminal: sequences that the screen has no use for are not sent.

Text is cleaned where it is drawn. Should anything slip through there all the same, it becomes
visible here instead of being obeyed. While the screen has stepped aside nothing is sent at all, so
that the app can go on behind a debugger.
"""

from __future__ import annotations

import re

from textual.driver import Driver

# Textual itself sends control sequences (CSI), shapes of the mouse pointer (OSC 22) and, when the
# user copies, base64 for the clipboard (OSC 52).
_FOREIGN = re.compile(
    r"\x1b(?=\](?!22;[a-z-]*(?:\x1b\\|\x07)|52;c;[A-Za-z0-9+/=]*\x07))"
    r"|\x1b(?=[PX^_ck])"
    r"|[\x80-\x9f]"
)
_ESCAPE = "\N{SYMBOL FOR ESCAPE}"


def without_foreign(data: str) -> str:
    """Return what may be sent."""
    return _FOREIGN.sub(lambda found: _ESCAPE if found[0] == "\x1b" else "\ufffd", data)


def guarded(driver: type[Driver]) -> type[Driver]:
    """Return a driver that sends nothing foreign."""

    class GuardedDriver(driver):  # type: ignore[misc, valid-type]
        """Looks at everything that is written."""

        _is_aside = False

        def write(self, data: str) -> None:
            """Send what may be sent; nothing while another program has the terminal."""
            if not self._is_aside:
                super().write(without_foreign(data))

        def suspend_application_mode(self) -> None:
            """Step aside."""
            super().suspend_application_mode()
            self._is_aside = True

        def resume_application_mode(self) -> None:
            """Come back."""
            self._is_aside = False
            super().resume_application_mode()

    return GuardedDriver
