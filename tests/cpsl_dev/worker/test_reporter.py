"""Tests of what a worker tells: in order, whole, from any thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import orjson
import pytest

from cpsl.events import ReplyChunk
from cpsl.records import JsonObject
from cpsl_dev.protocol import Lines, WorkerEnd
from cpsl_dev.worker import reporter as reporter_module
from cpsl_dev.worker.reporter import Reporter


class Channel:
    """Both ends of a channel: a reporter on one, what it tells on the other."""

    def __init__(self) -> None:
        self.mine, self.theirs = socket.socketpair()
        self.mine.settimeout(5)
        self.reporter = Reporter(WorkerEnd(self.theirs))
        self._lines = Lines()
        self._waiting: list[JsonObject] = []

    def next(self) -> JsonObject:
        """Wait for the next event."""
        while not self._waiting:
            self._waiting += [
                orjson.loads(item) for item in self._lines.feed(self.mine.recv(65536))
            ]
        return self._waiting.pop(0)

    def close(self) -> None:
        self.mine.close()
        self.theirs.close()


@pytest.fixture
def channel() -> Iterator[Channel]:
    opened = Channel()
    yield opened
    opened.close()


def test_facts_and_events_are_told_at_once(channel: Channel) -> None:
    channel.reporter.tell("worker.warm", pid=3)
    channel.reporter.emit(ReplyChunk(session_id="s", turn=1, reply=0, text="a"))

    assert channel.next() == {"kind": "worker.warm", "pid": 3}
    assert channel.next() == {
        "kind": "reply.chunk",
        "session_id": "s",
        "turn": 1,
        "reply": 0,
        "text": "a",
    }


def test_the_parts_of_a_line_are_gathered(channel: Channel) -> None:
    for text in ("one ", "two ", "three\n"):
        channel.reporter.write(("stdout", "s", 1), text)

    assert channel.next() == {
        "kind": "output.written",
        "stream": "stdout",
        "text": "one two three\n",
        "session_id": "s",
        "turn": 1,
    }


def test_a_line_is_told_at_once(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies cannot tell what it has gathered."""
    monkeypatch.setattr(reporter_module, "_GATHER_SECONDS", 60)
    for text in ("one\n", "two\n"):
        channel.reporter.write(("stdout", None, None), text)

    assert [channel.next()["text"], channel.next()["text"]] == ["one\n", "two\n"]


def test_text_that_ends_no_line_is_told_after_a_moment(channel: Channel) -> None:
    channel.reporter.write(("stdout", None, None), "Loading")

    assert channel.next()["text"] == "Loading"


def test_many_lines_cost_few_events(channel: Channel) -> None:
    for number in range(5_000):
        channel.reporter.write(("stdout", None, None), f"{number}\n")
    channel.reporter.tell("end")

    texts = []
    while (event := channel.next())["kind"] != "end":
        texts.append(event["text"])
    assert "".join(texts) == "".join(f"{number}\n" for number in range(5_000))
    assert len(texts) < 500


def test_output_is_told_by_itself_again_and_again(channel: Channel) -> None:
    for number in range(3):
        channel.reporter.write(("stdout", None, None), f"{number}\n")

        assert channel.next()["text"] == f"{number}\n"


def test_what_was_printed_first_is_told_first(channel: Channel) -> None:
    channel.reporter.write(("stdout", None, None), "before\n")
    channel.reporter.tell("worker.warm")
    channel.reporter.write(("stdout", None, None), "after\n")
    channel.reporter.flush()

    told = [channel.next() for _ in range(3)]

    assert [event.get("text", event["kind"]) for event in told] == [
        "before\n",
        "worker.warm",
        "after\n",
    ]


def test_output_of_different_origins_stays_apart_and_in_order(channel: Channel) -> None:
    for stream, session_id in (("stdout", "a"), ("stderr", "a"), ("stderr", "b")):
        channel.reporter.write((stream, session_id, 1), f"{stream} of {session_id}\n")
    channel.reporter.flush()

    told = [channel.next() for _ in range(3)]

    assert [(event["stream"], event["session_id"]) for event in told] == [
        ("stdout", "a"),
        ("stderr", "a"),
        ("stderr", "b"),
    ]


def test_much_output_does_not_wait(channel: Channel) -> None:
    channel.reporter.write(("stdout", None, None), "x" * 100_000)

    assert len(channel.next()["text"]) == 100_000


def test_flushing_nothing_tells_nothing(channel: Channel) -> None:
    channel.reporter.flush()
    channel.reporter.tell("worker.warm")

    assert channel.next()["kind"] == "worker.warm"


def test_threads_do_not_mix_their_output(channel: Channel) -> None:
    def write(name: str) -> None:
        for _ in range(200):
            channel.reporter.write(("stdout", name, 1), f"{name}\n")

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    channel.reporter.tell("end")

    texts: dict[str, str] = {"a": "", "b": "", "c": ""}
    while (event := channel.next())["kind"] != "end":
        texts[event["session_id"]] += event["text"]
    assert texts == {name: f"{name}\n" * 200 for name in "abc"}


def test_telling_goes_on_without_a_supervisor(channel: Channel) -> None:
    channel.mine.close()

    channel.reporter.tell("worker.warm")
    channel.reporter.write(("stdout", None, None), "lost\n")
    channel.reporter.flush()
