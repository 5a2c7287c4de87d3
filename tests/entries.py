"""Entries of a session's history, for tests of what is made from it."""

from __future__ import annotations

from cpsl.records import HistoryEntry


def make_entry(index: int, sender: str = "user") -> HistoryEntry:
    """Make what was said in turn 1, in a chat."""
    return HistoryEntry(
        index=index,
        sender=sender,
        text=f"text {index}",
        channel_type="chat",
        timestamp="2026-11-22T12:00:00.500Z",
        turn=1,
    )
