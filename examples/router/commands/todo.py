"""A to-do list, kept in the session's data."""

from typing import Any

import cpsl

from routing import CommandFailed, Router


def register(router: Router) -> None:
    """Add the commands of this module."""
    router.add("todo", todo)
    router.add("done", done)


def todo(*words: str) -> str:
    """Add something to do, or list it all: `todo`, `todo buy milk`."""
    items = _items()
    if words:
        items.append({"text": " ".join(words), "done": False})
    if not items:
        return "Nothing to do."
    return "\n".join(
        f"{number}. {'~~' + item['text'] + '~~' if item['done'] else item['text']}"
        for number, item in enumerate(items, start=1)
    )


def done(number: str = "", *_: str) -> str:
    """Tick something off: `done 1`."""
    items = _items()
    if not number.isdecimal() or not 0 < int(number) <= len(items):
        raise CommandFailed(f"There is no item {number!r}.")
    items[int(number) - 1]["done"] = True
    return todo()


def _items() -> list[dict[str, Any]]:
    # No need to pass the session down: it is the one of the turn that runs.
    session = cpsl.current_session()
    assert session is not None, "commands run in a turn"
    items: list[dict[str, Any]] = session.data.setdefault("todo", [])
    return items
