from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cpsl.messages import Attachment, Event, Message

ATTACHMENT = Attachment(name="a.txt", content_type="text/plain", url="data:,hello%20you", size=9)


def test_message_is_dated_now() -> None:
    before = datetime.now(UTC).timestamp()

    message = Message("hi", "user", "chat")

    # A date counts whole microseconds only.
    assert before <= message.timestamp <= datetime.now(UTC).timestamp() + 1e-6
    assert message.attachments is None


def test_message_needs_text_sender_and_channel() -> None:
    with pytest.raises(TypeError, match="channel_type"):
        Message("hi", "user")  # type: ignore[call-arg]


def test_message_as_json_omits_empty_attachments() -> None:
    message = Message("hi", "user", "chat", timestamp=1.0, attachments=[])

    assert message.to_dict() == {
        "text": "hi",
        "sender": "user",
        "channel_type": "chat",
        "timestamp": 1.0,
    }


def test_message_as_json_has_its_attachments() -> None:
    message = Message("hi", "user", "chat", attachments=[ATTACHMENT])

    assert message.to_dict()["attachments"] == [
        {
            "name": "a.txt",
            "content_type": "text/plain",
            "url": "data:,hello%20you",
            "size": 9,
        }
    ]


async def test_attachment_is_downloaded_to_a_path(tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"

    result = await ATTACHMENT.download(str(path))

    assert result == str(path)
    assert path.read_text() == "hello you"


def test_event_has_an_empty_payload_and_no_source() -> None:
    event = Event("clicked")

    assert (event.payload, event.source) == ({}, None)
    assert event.payload is not Event("other").payload


async def test_attachment_that_is_kept_here_is_copied(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    attachment = Attachment(name="a.txt", content_type="text/plain", url="/files/x", size=4)
    attachment.kept_at = str(tmp_path / "kept")

    await attachment.download(str(tmp_path / "copy.txt"))

    assert (tmp_path / "copy.txt").read_text() == "kept"
    assert "kept_at" not in attachment.to_dict()
