"""What a session talks to while a handler runs."""

from __future__ import annotations

from typing import Any, Protocol

from cpsl.files import FileStore


class GrowingReply(Protocol):
    """A reply that is sent in pieces."""

    def write(self, text: str) -> None:
        """Send more text."""

    def finish(self) -> None:
        """Say that the reply is complete."""


class ReplyTarget(Protocol):
    """Takes what a handler says and changes. Called from any thread."""

    @property
    def files(self) -> FileStore | None:
        """Where files of the conversation are kept, if they can be."""

    def reply(self, text: str) -> None:
        """Send a whole reply."""

    def open_reply(self) -> GrowingReply:
        """Prepare a reply in pieces. Nothing is sent before its first text."""

    def notify(self, text: str, detail: str) -> None:
        """Show a transient status line."""

    def show(self, envelope: dict[str, Any]) -> None:
        """Show a block, given as `{id, type, payload}` in JSON."""

    async def ask(
        self, envelope: dict[str, Any], timeout_seconds: float | None
    ) -> dict[str, Any] | None:
        """Show a prompt and wait for its answer; None if nobody gives one in time."""

    def integration(self, name: str) -> dict[str, Any] | None:
        """Return what the app declares of an integration, if it does."""

    def data_changed(self) -> None:
        """Note that `session.data` changed."""

    def flush_data(self) -> None:
        """Store what changed in `session.data` now."""

    async def trigger_action(self, name: str, payload: dict[str, Any]) -> Any:
        """Run one of the app's actions and return its value."""
