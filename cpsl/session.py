"""`Session`: who talks, what was said, what is remembered, and how to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NoReturn

from cpsl.blocks import Block
from cpsl.context import current_session
from cpsl.exceptions import NotAvailable
from cpsl.integration import IntegrationCredentials, IntegrationLike
from cpsl.json_values import clean_text, to_plain_json
from cpsl.media import SessionMedia
from cpsl.messages import Message
from cpsl.pipedream import pipedream
from cpsl.prompts import FileUpload, FileUploadTimeout, IntegrationDeclined, IntegrationTimeout
from cpsl.reply_target import ReplyTarget
from cpsl.request_context import RequestContext
from cpsl.session_blocks import BlockMethods
from cpsl.session_data import METADATA_KEYS, SessionData
from cpsl.session_prompts import PromptMethods
from cpsl.streaming import IteratedReplyStream, ReplyStream
from cpsl.terminal import Terminal, TerminalBlock, TerminalResult
from cpsl.users import SessionChannel, UserInfo

__all__ = [
    "Block",
    "FileUpload",
    "FileUploadTimeout",
    "IntegrationDeclined",
    "IntegrationTimeout",
    "ReplyStream",
    "RequestContext",
    "Session",
    "SessionChannel",
    "SessionData",
    "SessionMedia",
    "Terminal",
    "TerminalBlock",
    "TerminalResult",
    "UserInfo",
    "bind_session",
    "current_session",
    "pipedream",
]


class Session(PromptMethods, BlockMethods):
    """One conversation, as a handler sees it.

    Its methods may be called from any thread and any event loop. A session made by hand belongs to
    no conversation: its replies only go to `history`.
    """

    __slots__ = (
        "__weakref__",
        "_target",
        "channel",
        "data",
        "history",
        "id",
        "integrations",
        "media",
        "user",
    )

    def __init__(
        self,
        id: str,  # noqa: A002 - the public API's name
        user: UserInfo,
        channel: SessionChannel,
        history: list[Message] | None = None,
        data: dict[str, Any] | None = None,
        integrations: dict[str, IntegrationCredentials] | None = None,
    ) -> None:
        self._target: ReplyTarget | None = None
        self.id = id
        self.user = user
        self.channel = channel
        self.history: list[Message] = history if history is not None else []
        own = {key: value for key, value in (data or {}).items() if key not in METADATA_KEYS}
        self.data = SessionData(own, self._note_data_change)
        self.integrations: dict[str, IntegrationCredentials] = integrations or {}
        self.media = SessionMedia(self)

    def __repr__(self) -> str:
        return f"<Session {self.id!r} of {self.user.id!r}>"

    @property
    def collections(self) -> NoReturn:
        """The dynamic collections of the session."""
        raise NotAvailable("session.collections")

    @property
    def db(self) -> NoReturn:
        """The declared collections, each in its scope."""
        raise NotAvailable("session.db")

    async def reply(self, text: str) -> None:
        """Say something; may be called any number of times."""
        text = _as_text(text)
        self.history.append(Message(text, "app", self.channel.type))
        if self._target is not None:
            self._target.reply(text)

    async def notify(self, text: str, *, detail: str = "") -> None:
        """Show a transient status, until the next one or a reply. Never part of the history.

        Args:
            text: A few words. Nothing is shown if both texts are blank.
            detail: More of it, shown on demand.
        """
        text, detail = _as_text(text).strip(), _as_text(detail).strip()
        if self._target is not None and (text or detail):
            self._target.notify(text or "Working...", detail)

    def stream_reply(self) -> ReplyStream:
        """Answer piece by piece: `async with session.stream_reply() as reply: reply.write(…)`.

        Raises:
            RuntimeError: Nobody is there to see it.
        """
        return self._open_stream(ReplyStream, self.history)

    async def stream_reply_from(self, stream: Any) -> str:
        """Answer with the items of an async iterator as they come; return the whole text.

        Raises:
            TypeError: `stream` is not an async iterator.
            AttributeError: An item is neither text nor None.
            RuntimeError: Nobody is there to see it.
        """
        async with self._open_stream(IteratedReplyStream, self.history) as reply:
            async for item in stream:
                reply.write(item)
        return reply.text

    async def stream(self, chunks: AsyncIterator[str]) -> None:
        """Answer with the items of an async iterator, without adding to `history`."""
        if self._target is None:
            return
        async with self._open_stream(IteratedReplyStream, []) as reply:
            async for item in chunks:
                reply.write(item)

    def chat_messages(self, current: Message, *, cls: Any = None) -> list[Any]:
        """Return the conversation and `current` as language models take it.

        Roles alternate: what one side said in a row is one entry. Blocks and notes of the system
        are left out.

        Args:
            current: The message that the handler got.
            cls: Called with role and content for each entry; without it entries are dicts.
        """
        turns: list[tuple[str, list[str]]] = []
        for message in [*(entry for entry in self.history if entry is not current), current]:
            if message.sender in ("block", "system"):
                continue
            role = "user" if message.sender == "user" else "assistant"
            if not turns or turns[-1][0] != role:
                turns.append((role, []))
            turns[-1][1].append(message.text)
        make = cls or dict
        return [make(role=role, content="\n\n".join(filter(None, said))) for role, said in turns]

    async def show(self, block: Block) -> None:
        """Show a block, or replace the one with the same id.

        Raises:
            TypeError: The payload is not JSON.
        """
        if self._target is None:
            return
        envelope = to_plain_json(block.to_envelope())
        if not isinstance(envelope["payload"], dict):
            raise TypeError(f"the payload of a block is a dict, not {block.payload!r}")
        self._target.show(envelope)

    async def publish(self, key: str, value: Any) -> Any:
        """Set `data[key]`, store it now, and return it as it is kept."""
        self.data[key] = value
        await self.flush_data()
        return self.data[key]

    async def flush_data(self) -> None:
        """Store and show what changed in `data` now, and not at the end of the turn."""
        if self._target is not None:
            self._target.flush_data()

    async def get(self, key: str, default: Any = None, *, scope: str = "session") -> Any:
        """Read the key-value store."""
        raise NotAvailable("session.get")

    async def set(self, key: str, value: Any, *, scope: str = "session") -> None:
        """Write to the key-value store."""
        raise NotAvailable("session.set")

    async def delete(self, key: str, *, scope: str = "session") -> None:
        """Remove from the key-value store."""
        raise NotAvailable("session.delete")

    def pipedream(self, integration: IntegrationLike) -> Any:
        """Return a client of a service that the user connected through Pipedream.

        Raises:
            NotAvailable: Always, in the local runtime.
        """
        raise NotAvailable("session.pipedream")

    def terminal(
        self,
        name: str,
        *,
        title: str = "",
        cwd: str | None = None,
        env: dict[str, str] | None = None,
    ) -> Terminal:
        """Open the terminal called `name`, with the runs that it had.

        Args:
            cwd: Where commands run; `env` is added to the environment of this process.

        Raises:
            ValueError: The name is blank.
        """
        return Terminal(self, name, title=title, cwd=cwd, env=env)

    async def show_terminal(
        self,
        *,
        title: str | None = None,
        name: str | None = None,
        terminal: Terminal | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
    ) -> Terminal:
        """Show a terminal, given itself, its name, or nothing for a new one.

        Raises:
            ValueError: The terminal belongs to another session.
        """
        handle = Terminal.of(self, terminal, name=name, cwd=cwd, env=env)
        return await handle.show(title=title)

    async def trigger_action(self, name: str, payload: dict[str, Any] | None = None) -> Any:
        """Run an action of the app, as a click would, and return its value.

        Raises:
            ValueError: The name is blank.
            TypeError: The payload is not a dict.
            RuntimeError: There is no such action, or the session belongs to no running app.
        """
        if not name.strip():
            raise ValueError("trigger_action needs the name of an action")
        if payload is not None and not isinstance(payload, dict):
            raise TypeError(f"the payload of an action is a dict, not {payload!r}")
        if self._target is None:
            raise RuntimeError(f"cannot run action {name!r}: this session has no running app")
        return await self._target.trigger_action(name, payload or {})

    async def complete_onboarding(self) -> None:
        """Say that the user has been through the onboarding.

        Raises:
            RuntimeError: The session belongs to no running app.
        """
        if self._target is None:
            raise RuntimeError("cannot complete the onboarding: this session has no running app")
        await self.show(Block("onboarding_complete", {"completed": True}))

    def _open_stream(self, kind: type[ReplyStream], history: list[Message]) -> ReplyStream:
        if self._target is None:
            raise RuntimeError("stream_reply is only available inside a message handler")
        reply = self._target.open_reply()
        return kind(reply.write, history, self.channel.type, reply.finish)

    def _note_data_change(self) -> None:
        if self._target is not None:
            self._target.data_changed()


def bind_session(session: Session, target: ReplyTarget) -> None:
    """Let a session talk to `target`; for the runtime."""
    session._target = target  # noqa: SLF001 - apps must not see an attribute for this


def _as_text(text: Any) -> str:
    if text is None:
        return ""
    return clean_text(text if isinstance(text, str) else str(text))
