from __future__ import annotations

from typing import Any

import pytest

from cpsl.messages import Message
from cpsl.streaming import IteratedReplyStream, ReplyStream


class Written:
    def __init__(self, kind: type[ReplyStream] = ReplyStream) -> None:
        self.chunks: list[str] = []
        self.history: list[Message] = []
        self.done = 0
        self.stream = kind(self.chunks.append, self.history, "chat", self._count)

    def _count(self) -> None:
        self.done += 1

    def write(self, *texts: Any) -> None:
        for text in texts:
            self.stream.write(text)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["He", "Hello"], "Hello"),
        (["He", "Hello", "Hello", "Hello!"], "Hello!"),
        (["Hello", " world"], "Hello world"),
        (["ha", "ha", "!"], "haha!"),
        (["\n", "\n", "x"], "\n\nx"),
        (["a", "b", "ab"], "abab"),
        (["a", "b", "abc", "abcd"], "ababcabcd"),
        (["He", "Hello", " again", "Hello again"], "Hello againHello again"),
        (["Hello", "He"], "HelloHe"),
        (["one"], "one"),
        ([], ""),
        (["", None, "x", "", None, "xy"], "xy"),
    ],
)
def test_second_write_decides_between_deltas_and_snapshots(
    texts: list[str | None], expected: str
) -> None:
    written = Written()

    written.write(*texts)

    assert written.stream.text == expected
    assert "".join(written.chunks) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["He", "He", "Hello", "Hello!"], "Hello!"),
        (["ha", "ha", "!"], "haha!"),
        (["ha", "ha", "ha", "!"], "hahaha!"),
        (["Yes", "Yes"], "Yes"),
        (["Hello", " world"], "Hello world"),
    ],
)
def test_repeat_decides_nothing_in_a_stream_that_is_iterated(
    texts: list[str], expected: str
) -> None:
    written = Written(IteratedReplyStream)

    written.write(*texts)

    assert written.stream.text == expected


def test_only_what_is_new_is_forwarded_at_once() -> None:
    written = Written()

    written.write("He", "Hello", "Hello", "Hello you")

    assert written.chunks == ["He", "llo", " you"]


def test_text_that_is_no_text_is_refused() -> None:
    written = Written()

    with pytest.raises(
        AttributeError,
        match=r"a reply stream is written text, not dict; pass the text inside it, such as chunk",
    ):
        written.write({"delta": "x"})


def test_deltas_are_not_compared_with_the_whole_text() -> None:
    class Watched(str):
        compared = 0

        def startswith(self, *args: Any) -> bool:
            Watched.compared += 1
            return super().startswith(*args)

    written = Written()

    written.write(*(Watched("ab") for _ in range(1000)))

    assert written.stream.text == "ab" * 1000
    assert Watched.compared <= 1


async def test_leaving_adds_one_message_to_the_history() -> None:
    written = Written()

    async with written.stream as reply:
        reply.write("a")
        reply.write("b")
        assert written.history == []

    assert [(m.text, m.sender, m.channel_type) for m in written.history] == [("ab", "app", "chat")]
    assert written.done == 1


async def test_leaving_without_text_adds_nothing() -> None:
    written = Written()

    async with written.stream:
        pass

    assert written.history == []
    assert written.done == 1


async def test_partial_text_is_kept_when_the_block_raises() -> None:
    written = Written()

    async def answer() -> None:
        async with written.stream as reply:
            reply.write("half")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await answer()

    assert [message.text for message in written.history] == ["half"]


async def test_leaving_twice_adds_one_message() -> None:
    written = Written()
    async with written.stream as reply:
        reply.write("a")

    await reply.__aexit__(None, None, None)

    assert len(written.history) == 1
    assert written.done == 1


async def test_nothing_needs_to_be_called_at_the_end() -> None:
    history: list[Message] = []

    async with ReplyStream(lambda _: None, history, "api") as reply:
        reply.write("x")

    assert history[0].channel_type == "api"


def test_text_can_be_read_while_it_grows() -> None:
    written = Written()
    seen = []

    for text in ("a", "b", "c"):
        written.write(text)
        seen.append(written.stream.text)

    assert seen == ["a", "ab", "abc"]
