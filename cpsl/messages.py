"""What is said in a session: messages, their attachments, and events of the user interface."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from cpsl.downloads import copy_file, download_file

Sender: TypeAlias = Literal["user", "app", "block", "system"]
ChannelType: TypeAlias = str


@dataclass
class Attachment:
    """A file that came with a message. `size` is in bytes."""

    name: str
    content_type: str
    url: str
    size: int = 0
    # Where the dev server keeps it, whose `url` means nothing to an HTTP client.
    kept_at: str | None = field(default=None, init=False, repr=False, compare=False)

    async def download(self, path: str) -> str:
        """Fetch the file, write it to `path` and return `path`.

        Args:
            path: A file in a folder that exists.

        Raises:
            urllib.error.HTTPError: The server refused.
            ValueError: The URL is neither http, https nor data.
            OSError: The server cannot be reached, or the file cannot be written.
        """
        if self.kept_at is not None:
            return await copy_file(self.kept_at, path)
        return await download_file(self.url, path)

    def to_dict(self) -> dict[str, Any]:
        """Return the attachment as JSON."""
        names = ("name", "content_type", "url", "size")
        return {name: getattr(self, name) for name in names}


@dataclass
class Message:
    """Something that the user or the app said. `timestamp` is Unix time in seconds.

    `attachments` is None where there are none.
    """

    text: str
    sender: Sender
    channel_type: ChannelType
    timestamp: float = field(default_factory=time.time)  # noqa: TID251 - the public default
    attachments: list[Attachment] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the message as JSON, without empty attachments."""
        result: dict[str, Any] = {
            "text": self.text,
            "sender": self.sender,
            "channel_type": self.channel_type,
            "timestamp": self.timestamp,
        }
        if self.attachments:
            result["attachments"] = [attachment.to_dict() for attachment in self.attachments]
        return result


@dataclass
class Event:
    """An action that the user interface, or `Session.trigger_action`, asked for."""

    name: str
    payload: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] | None = None
