"""`Block`, and the payloads of the blocks that a session shows by a method of their own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cpsl.suggestions import serialize_suggestions

BROWSER_MODES = ("split", "copilot", "preview")


@dataclass
class Block:
    """Something to show in the conversation that is not text. The same `id` replaces in place."""

    type: str
    payload: dict[str, Any]
    id: str = ""

    def to_envelope(self) -> dict[str, Any]:
        """Return the block as it is sent. A block without an id gets one, and keeps it."""
        if not self.id:
            self.id = f"blk_{random_id()}"
        return {"id": self.id, "type": self.type, "payload": self.payload}


def random_id() -> str:
    """Return 12 random hexadecimal digits."""
    return os.urandom(6).hex()


def image_block(url: str, *, alt: str, width: int | None) -> Block:
    """Return the block that shows a picture."""
    return Block("image", {"url": url, **_present(alt=alt, width=width)})


def task_block(handle_or_id: Any, *, message: str | None) -> Block:
    """Return the card that follows a task, given its handle or anything that prints as its id."""
    task_id = str(getattr(handle_or_id, "task_id", handle_or_id))
    return Block("task_card", {"task_id": task_id, **_present(message=message)})


def browser_block(*, port: int, url: str, title: str, path: str, mode: str) -> Block:
    """Return the block that shows a web page.

    Raises:
        ValueError: There is neither a port nor a URL, or the mode is unknown.
    """
    if not port and not url:
        raise ValueError("show_browser needs port= or url=")
    check_mode("show_browser", mode, BROWSER_MODES)
    source = {"port": port} if port else {"url": url}
    return Block("browser_preview", {"title": title, "path": path, "mode": mode, **source})


def step_block(
    label: str,
    *,
    status: str,
    detail: str,
    step_id: str,
    links: Iterable[dict[str, Any]] | None,
    fields: dict[str, Any] | None,
    expanded: bool,
) -> Block:
    """Return the block of one step of longer work."""
    payload = {"label": label, "status": status, "detail": detail, "step_id": step_id}
    extra = _present(links=clean_links(links), fields=fields)
    return Block("step_status", {**payload, "expanded": expanded, **extra}, f"step_{step_id}")


def activity_block(
    label: str,
    *,
    detail: str,
    links: Iterable[dict[str, Any]] | None,
    fields: dict[str, Any] | None,
    icon: str,
    activity_id: str,
    expanded: bool,
) -> Block:
    """Return the block that tells what the app is doing."""
    payload = {"label": label, "detail": detail, "activity_id": activity_id, "expanded": expanded}
    extra = _present(icon=icon, links=clean_links(links), fields=fields)
    return Block("activity", {**payload, **extra}, f"activity_{activity_id}")


def clean_links(links: Iterable[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the links that lead somewhere, as `{label, url}`."""
    result = []
    for link in links or ():
        url = link.get("url") or link.get("href")
        label = link.get("label") or link.get("title") or url
        if label and url:
            result.append({"label": label, "url": url})
    return result


def suggestions_block(suggestions: Any, *, title: str) -> Block | None:
    """Return the block that offers what to do next, or None where nothing is offered.

    Raises:
        TypeError: An item is neither a `Suggestion` nor a dict.
        ValueError: An item leads to a page or workflow, is empty, or has a bad payload.
    """
    items = [_suggestion(item) for item in serialize_suggestions(suggestions)]
    if not items:
        return None
    return Block("suggestions", {"suggestions": items, **_present(title=title)})


def check_mode(method: str, mode: str, modes: tuple[str, ...]) -> None:
    """Raise `ValueError` for a mode that `method` does not have."""
    if mode not in modes:
        raise ValueError(f"{method} has no mode {mode!r}; choose one of {', '.join(modes)}")


_SUGGESTION_EXTRAS = ("description", "icon", "image", "accent", "primary", "payload")


def _suggestion(item: dict[str, Any]) -> dict[str, Any]:
    target = item.get("target", "prompt")
    if target not in ("prompt", "action"):
        raise ValueError(f"a suggestion in a chat leads to a prompt or an action, not {target!r}")
    if not item.get("label") or not item.get("value"):
        raise ValueError(f"a suggestion needs a label and a value: {item!r}")
    if not isinstance(item.get("payload", {}), dict):
        raise ValueError(f"the payload of a suggestion is a dict, not {item['payload']!r}")
    extra = _present(**{key: item.get(key) for key in _SUGGESTION_EXTRAS})
    return {"label": item["label"], "target": target, "value": item["value"], **extra}


def _present(**items: Any) -> dict[str, Any]:
    return {key: value for key, value in items.items() if value}
