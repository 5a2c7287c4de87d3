from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

import pytest

from cpsl.blocks import Block
from cpsl.exceptions import NotAvailable
from cpsl.integration import Integration
from cpsl.messages import Message
from cpsl.session import (
    Session,
    SessionChannel,
    Terminal,
    UserInfo,
    bind_session,
)


class Target:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def reply(self, text: str) -> None:
        self.told.append(("reply", text))

    def open_reply(self) -> Target:
        return self

    def write(self, text: str) -> None:
        self.told.append(("write", text))

    def finish(self) -> None:
        self.told.append(("finish",))

    def notify(self, text: str, detail: str) -> None:
        self.told.append(("notify", text, detail))

    def show(self, envelope: dict[str, Any]) -> None:
        self.told.append(envelope)

    files = None

    async def ask(
        self, envelope: dict[str, Any], timeout_seconds: float | None
    ) -> dict[str, Any] | None:
        self.told.append(envelope)
        return None

    def integration(self, name: str) -> dict[str, Any] | None:
        return None

    def data_changed(self) -> None:
        self.told.append(("data_changed",))

    def flush_data(self) -> None:
        self.told.append(("flush_data",))

    async def trigger_action(self, name: str, payload: dict[str, Any]) -> Any:
        self.told.append(("action", name, payload))
        return "value"


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def session(target: Target) -> Session:
    session = make_session()
    bind_session(session, target)
    return session


def make_session(**changes: Any) -> Session:
    return Session("s1", UserInfo("dev"), SessionChannel("chat"), **changes)


async def items(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


def say(sender: Any, text: str) -> Message:
    return Message(text, sender, "chat")


# Fields


def test_session_can_be_made_by_hand() -> None:
    session = make_session()

    assert (session.id, session.user.id, session.channel.type) == ("s1", "dev", "chat")
    assert (session.history, session.data, session.integrations) == ([], {}, {})
    assert repr(session) == "<Session 's1' of 'dev'>"


def test_session_takes_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        make_session().other = 1  # type: ignore[attr-defined]


def test_metadata_of_the_platform_is_hidden() -> None:
    data = {"__cpsl_session_rev": 1, "__cpsl_session_checksum": "x", "__cpsl_session_nonce": "y"}

    session = make_session(data={**data, "__chat_name__": "support", "a": 1})

    assert session.data == {"__chat_name__": "support", "a": 1}


def test_changes_of_data_are_told(session: Session, target: Target) -> None:
    session.data["a"] = [1]
    session.data["a"].append(2)

    assert target.told == [("data_changed",), ("data_changed",)]


def test_changes_of_data_of_no_conversation_are_kept() -> None:
    session = make_session()

    session.data["a"] = 1

    assert session.data == {"a": 1}


@pytest.mark.parametrize(
    "use",
    [lambda s: s.db, lambda s: s.collections, lambda s: s.pipedream("slack")],
)
def test_what_is_not_there_yet_says_so(use: Callable[[Session], Any], session: Session) -> None:
    with pytest.raises(NotAvailable, match=r"^session\.\w+ is not available in the local runtime"):
        use(session)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get", ["k"]),
        ("set", ["k", 1]),
        ("delete", ["k"]),
    ],
)
async def test_methods_that_are_not_there_yet_say_so(
    name: str, arguments: list[Any], session: Session
) -> None:
    with pytest.raises(NotAvailable, match=rf"^session\.{name} is not available"):
        await getattr(session, name)(*arguments)


# Text


async def test_reply_is_in_the_history_before_it_is_sent(session: Session, target: Target) -> None:
    await session.reply("one")
    await session.reply("two")

    assert target.told == [("reply", "one"), ("reply", "two")]
    assert [(m.text, m.sender, m.channel_type) for m in session.history] == [
        ("one", "app", "chat"),
        ("two", "app", "chat"),
    ]


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (3, "3"), ("a\0", "a\ufffd"), (Integration.GITHUB, "github")]
)
async def test_reply_takes_anything_as_text(
    value: Any, text: str, session: Session, target: Target
) -> None:
    await session.reply(value)

    assert target.told == [("reply", text)]
    assert session.history[0].text == text


async def test_reply_of_no_conversation_only_goes_to_the_history() -> None:
    session = make_session()

    await session.reply("hi")

    assert [message.text for message in session.history] == ["hi"]


@pytest.mark.parametrize(
    ("text", "detail", "told"),
    [
        (" busy ", " more ", [("notify", "busy", "more")]),
        ("busy", "", [("notify", "busy", "")]),
        ("", "more", [("notify", "Working...", "more")]),
        ("  ", "\n", []),
        (None, None, []),
    ],
)
async def test_notify_shows_what_is_not_blank(
    text: Any, detail: Any, told: list[Any], session: Session, target: Target
) -> None:
    await session.notify(text, detail=detail)

    assert target.told == told
    assert session.history == []


async def test_notify_of_no_conversation_does_nothing() -> None:
    await make_session().notify("busy")


async def test_stream_reply_forwards_each_write(session: Session, target: Target) -> None:
    async with session.stream_reply() as reply:
        reply.write("a")
        reply.write("b")

    assert target.told == [("write", "a"), ("write", "b"), ("finish",)]
    assert [message.text for message in session.history] == ["ab"]


def test_stream_reply_needs_a_conversation() -> None:
    with pytest.raises(
        RuntimeError, match=r"^stream_reply is only available inside a message handler$"
    ):
        make_session().stream_reply()


async def test_stream_reply_from_returns_the_whole_text(session: Session, target: Target) -> None:
    text = await session.stream_reply_from(items("He", None, "He", "Hello"))

    assert text == "Hello"
    assert target.told == [("write", "He"), ("write", "llo"), ("finish",)]
    assert [message.text for message in session.history] == ["Hello"]


async def test_stream_reply_from_refuses_a_plain_iterator(session: Session) -> None:
    with pytest.raises(TypeError, match="async for"):
        await session.stream_reply_from(iter(["a"]))


async def test_stream_reply_from_refuses_items_that_are_no_text(session: Session) -> None:
    with pytest.raises(AttributeError, match="a reply stream is written text, not dict"):
        await session.stream_reply_from(items({"delta": "x"}))


async def test_stream_adds_nothing_to_the_history(session: Session, target: Target) -> None:
    await session.stream(items("a", "b"))

    assert target.told == [("write", "a"), ("write", "b"), ("finish",)]
    assert session.history == []


async def test_stream_of_no_conversation_does_nothing() -> None:
    await make_session().stream(items("a"))


# Blocks


async def test_show_sends_a_copy_in_json(session: Session, target: Target) -> None:
    session.data["rows"] = [1]
    target.told.clear()
    payload = {"rows": session.data["rows"], "pair": (1, 2)}

    await session.show(Block("table", payload, "b1"))
    payload["rows"].append(2)

    assert target.told[0] == {
        "id": "b1",
        "type": "table",
        "payload": {"rows": [1], "pair": [1, 2]},
    }


async def test_block_shown_twice_replaces_itself(session: Session, target: Target) -> None:
    block = Block("note", {"n": 1})

    await session.show(block)
    await session.show(block)

    assert target.told[0]["id"] == target.told[1]["id"] == block.id


async def test_show_refuses_what_is_not_json(session: Session, target: Target) -> None:
    with pytest.raises(TypeError, match=r"date at '/payload/when' is not JSON"):
        await session.show(Block("note", {"when": date(2026, 1, 1)}))
    with pytest.raises(TypeError, match=r"the payload of a block is a dict, not \[1\]"):
        await session.show(Block("note", [1]))  # type: ignore[arg-type]

    assert target.told == []


async def test_show_of_no_conversation_does_nothing() -> None:
    await make_session().show(Block("note", {"when": date(2026, 1, 1)}))


# Data


async def test_publish_sets_and_flushes(session: Session, target: Target) -> None:
    stored = await session.publish("a", [1])

    assert stored is session.data["a"]
    assert target.told == [("data_changed",), ("flush_data",)]


async def test_flush_of_no_conversation_does_nothing() -> None:
    session = make_session()

    assert await session.publish("a", 1) == 1


# Terminals and actions


def test_terminal_is_of_this_session(session: Session) -> None:
    terminal = session.terminal("build", title="Build", cwd="/tmp", env={"A": "1"})

    assert isinstance(terminal, Terminal)
    assert (terminal.name, terminal.title, terminal.cwd, terminal.env) == (
        "build",
        "Build",
        "/tmp",
        {"A": "1"},
    )


async def test_show_terminal_shows_a_new_one(session: Session, target: Target) -> None:
    terminal = await session.show_terminal()

    assert terminal.name.startswith("terminal_")
    assert target.told[0]["payload"]["title"] == "Terminal"


async def test_show_terminal_shows_one_by_name_or_itself(session: Session, target: Target) -> None:
    by_name = await session.show_terminal(name="build", title="Build", cwd="/tmp")
    itself = await session.show_terminal(terminal=by_name, env={"A": "1"})

    assert itself is by_name
    assert (itself.cwd, itself.env) == ("/tmp", {"A": "1"})
    assert [block["payload"]["revision"] for block in target.told] == [1, 2]


async def test_show_terminal_refuses_one_of_another_session(session: Session) -> None:
    other = make_session().terminal("build")

    with pytest.raises(ValueError, match="terminal 'build' belongs to another session"):
        await session.show_terminal(terminal=other)


async def test_trigger_action_returns_its_value(session: Session, target: Target) -> None:
    assert await session.trigger_action("act", {"n": 1}) == "value"
    assert await session.trigger_action("act") == "value"
    assert target.told == [("action", "act", {"n": 1}), ("action", "act", {})]


@pytest.mark.parametrize(
    ("name", "payload", "error", "text"),
    [
        (" ", None, ValueError, "trigger_action needs the name of an action"),
        ("act", [1], TypeError, r"the payload of an action is a dict, not \[1\]"),
    ],
)
async def test_bad_actions_are_refused(
    name: str, payload: Any, error: type[Exception], text: str, session: Session
) -> None:
    with pytest.raises(error, match=text):
        await session.trigger_action(name, payload)


async def test_action_needs_an_app() -> None:
    with pytest.raises(RuntimeError, match="cannot run action 'act': this session has no running"):
        await make_session().trigger_action("act")


async def test_onboarding_is_completed_by_a_block(session: Session, target: Target) -> None:
    await session.complete_onboarding()

    assert target.told[0]["type"] == "onboarding_complete"
    assert target.told[0]["payload"] == {"completed": True}


async def test_onboarding_needs_an_app() -> None:
    with pytest.raises(RuntimeError, match="cannot complete the onboarding: this session has no"):
        await make_session().complete_onboarding()


async def test_methods_work_in_other_threads_and_loops(session: Session, target: Target) -> None:
    await asyncio.to_thread(lambda: asyncio.run(session.reply("from a thread")))

    assert target.told == [("reply", "from a thread")]
