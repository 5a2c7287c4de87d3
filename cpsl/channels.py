"""The channels that an app is reached through. The web chat is always on."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields
from typing import Any

from cpsl.secret import Secret

CredentialValue = Secret | str | None


class Channel:
    """A channel that was set up on the platform, by its name there."""

    def __init__(self, name: str) -> None:
        self.name = name

    def to_dict(self) -> dict[str, Any]:
        """Return the reference as it is deployed."""
        return {"type": "_resource", "name": self.name}


ChannelRef = Channel


@dataclass
class Chat:
    """The web chat, which is always on."""

    type: str = "chat"

    def to_dict(self) -> dict[str, Any]:
        """Return the channel as it is deployed."""
        return {"type": self.type}


@dataclass
class API:
    """The HTTP API, which is always on."""

    type: str = "api"

    def to_dict(self) -> dict[str, Any]:
        """Return the channel as it is deployed."""
        return {"type": self.type}


class _DeprecatedChannel:
    """A channel with its credentials in the code; a `Channel` refers to one by name instead."""

    type: str

    def to_dict(self) -> dict[str, Any]:
        """Return the channel as it is deployed, with secrets by name."""
        name = type(self).__name__
        warnings.warn(
            f"cpsl.{name}(...) with credentials in the code is deprecated: "
            f'set the channel up once and refer to it with cpsl.Channel("name").',
            DeprecationWarning,
            stacklevel=2,
        )
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {
            key: value.to_dict() if isinstance(value, Secret) else value
            for key, value in values.items()
            if value is not None
        }

    def secrets(self) -> list[str]:
        """Return the names of the secrets that the credentials come from."""
        values = [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]
        return [value.name for value in values if isinstance(value, Secret) and value.name]


@dataclass
class Telegram(_DeprecatedChannel):
    """A Telegram bot. Deprecated: use `Channel`."""

    type: str = "telegram"
    bot_token: CredentialValue = None


@dataclass
class Slack(_DeprecatedChannel):
    """A Slack app. Deprecated: use `Channel`."""

    type: str = "slack"
    bot_token: CredentialValue = None
    signing_secret: CredentialValue = None


@dataclass
class WhatsApp(_DeprecatedChannel):
    """A WhatsApp number. Deprecated: use `Channel`."""

    type: str = "whatsapp"
    access_token: CredentialValue = None
    phone_number_id: CredentialValue = None
    verify_token: CredentialValue = None


ChannelLike = Channel | Chat | API | _DeprecatedChannel


def check_channels(channels: list[Any]) -> list[ChannelLike]:
    """Return the channels, once each is one.

    Raises:
        TypeError: something in the list is not a channel.
    """
    for channel in channels:
        if not isinstance(channel, Channel | Chat | API | _DeprecatedChannel):
            raise TypeError(
                f"{channel!r} is not a channel. "
                f'Use cpsl.Chat(), cpsl.API() or cpsl.Channel("name").'
            )
    return list(channels)


def channel_secrets(channels: list[ChannelLike]) -> list[str]:
    """Return the secrets that inline credentials refer to."""
    inline = (channel for channel in channels if isinstance(channel, _DeprecatedChannel))
    return [name for channel in inline for name in channel.secrets()]


def outside_channel_warnings(channels: list[ChannelLike]) -> list[str]:
    """Say once that channels beyond chat and API are not simulated, and name them."""
    outside = [
        channel.name if isinstance(channel, Channel) else channel.type
        for channel in channels
        if not isinstance(channel, Chat | API)
    ]
    if not outside:
        return []
    return [f"Channels outside the chat are not simulated locally: {', '.join(outside)}."]
