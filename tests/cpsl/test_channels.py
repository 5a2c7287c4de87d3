from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.channels import channel_secrets, check_channels, outside_channel_warnings

TOKEN = cpsl.Secret.from_name("TOKEN")


def test_a_channel_is_a_reference_by_name() -> None:
    assert cpsl.Channel("support").to_dict() == {"type": "_resource", "name": "support"}


def test_chat_and_api_are_their_type() -> None:
    assert cpsl.Chat().to_dict() == {"type": "chat"}
    assert cpsl.API().to_dict() == {"type": "api"}


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (cpsl.Telegram(bot_token=TOKEN), {"type": "telegram", "bot_token": TOKEN.to_dict()}),
        (cpsl.Slack(signing_secret="plain"), {"type": "slack", "signing_secret": "plain"}),
        (cpsl.WhatsApp(), {"type": "whatsapp"}),
    ],
)
def test_an_inline_channel_warns_when_it_is_serialised(channel: Any, expected: Any) -> None:
    name = type(channel).__name__

    with pytest.warns(DeprecationWarning, match=f"cpsl.{name}") as caught:
        result = channel.to_dict()

    assert result == expected
    assert 'refer to it with cpsl.Channel("name")' in str(caught[0].message)


def test_secrets_of_inline_channels_are_found() -> None:
    channels = [cpsl.Chat(), cpsl.Slack(bot_token=TOKEN, signing_secret="plain")]

    assert channel_secrets(check_channels(channels)) == ["TOKEN"]


def test_what_is_no_channel_is_refused() -> None:
    with pytest.raises(TypeError, match=r"'slack' is not a channel. Use cpsl\.Chat\(\), cpsl\.API"):
        check_channels(["slack"])


def test_channels_that_are_not_simulated_are_named_once() -> None:
    channels = check_channels([cpsl.Chat(), cpsl.Channel("support"), cpsl.WhatsApp()])

    assert outside_channel_warnings(channels) == [
        "Channels outside the chat are not simulated locally: support, whatsapp."
    ]
    assert outside_channel_warnings([cpsl.API()]) == []
