"""Keys as people write them."""

from __future__ import annotations

_NAMES = {"slash": "/", "question_mark": "?", "escape": "esc"}


def key_name(key: str) -> str:
    """Return a key of Textual as people write it."""
    if key.startswith("ctrl+"):
        return f"^{key[5:].upper()}"
    return _NAMES.get(key, key.upper() if key[:1] == "f" and key[1:].isdigit() else key)
