from __future__ import annotations

from cpsl import messages, msg


def test_names_are_those_of_messages() -> None:
    assert msg.Message is messages.Message
    assert msg.Attachment is messages.Attachment
    assert msg.Event is messages.Event
