"""The name under which the hosted package keeps `cpsl.messages`."""

from __future__ import annotations

from cpsl.messages import Attachment, Event, Message

__all__ = ["Attachment", "Event", "Message"]
