from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.messages import Message
from cpsl.session import Session, SessionChannel, UserInfo


def make_session(**changes: Any) -> Session:
    return Session("s1", UserInfo("dev"), SessionChannel("chat"), **changes)


def say(sender: Any, text: str) -> Message:
    return Message(text, sender, "chat")


def test_chat_messages_have_alternating_roles() -> None:
    history = [say("user", "a"), say("app", "b"), say("app", "c"), say("user", "d")]

    messages = make_session(history=history).chat_messages(say("user", "e"))

    assert messages == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b\n\nc"},
        {"role": "user", "content": "d\n\ne"},
    ]


def test_chat_messages_skip_blocks_and_notes_of_the_system() -> None:
    history = [say("user", "a"), say("block", "{}"), say("app", "b"), say("system", "sent")]

    messages = make_session(history=history).chat_messages(say("user", "c"))

    assert [message["content"] for message in messages] == ["a", "b", "c"]


def test_chat_messages_do_not_repeat_the_current_message() -> None:
    current = say("user", "a")
    session = make_session(history=[current])

    assert session.chat_messages(current) == [{"role": "user", "content": "a"}]
    assert session.history == [current]


def test_chat_messages_keep_an_earlier_message_of_the_same_text() -> None:
    session = make_session(history=[say("user", "again"), say("app", "ok")])

    assert len(session.chat_messages(say("user", "again"))) == 3


async def test_chat_messages_have_replies_of_this_turn_before_the_message() -> None:
    session = make_session()
    await session.reply("wait")

    assert [m["role"] for m in session.chat_messages(say("user", "a"))] == ["assistant", "user"]


def test_chat_messages_keep_an_empty_text_but_join_none() -> None:
    session = make_session(history=[say("app", ""), say("app", "b")])

    assert session.chat_messages(say("user", "")) == [
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": ""},
    ]


def test_chat_messages_can_be_of_a_class() -> None:
    @dataclass
    class ChatMessage:
        role: str
        content: str

    messages = make_session().chat_messages(say("user", "a"), cls=ChatMessage)

    assert messages == [ChatMessage(role="user", content="a")]
