"""Tests of what supervisor and worker say to each other."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import orjson
import pytest

from cpsl.events import BlockShown, DataChanged, ReplyChunk, TurnEnded
from cpsl.records import ErrorRecord, HistoryEntry, JsonObject, MessageRecord, UserRecord
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl_dev.protocol import (
    AnswerBlock,
    AttachDebugger,
    CancelTurn,
    CloseSession,
    Command,
    Lines,
    Load,
    Ping,
    RunTurn,
    Shutdown,
    SupervisorEnd,
    Warm,
    WorkerEnd,
    decode_command,
    encode_command,
    encode_event,
    encode_fact,
)

STATE = SessionState(
    id="s",
    user=UserRecord(id="u", email="u@x", org_id=None, owner_id="u"),
    channel="chat",
    data={"a": [1, {"b": None}], "ü": "\n"},
    history=[
        HistoryEntry(
            index=0,
            sender="user",
            text="hi\nthere",
            channel_type="chat",
            timestamp="2026-01-01T00:00:00.000Z",
            turn=1,
            attachments=[{"name": "a"}],
        )
    ],
    integrations={"github": {"token": "t"}},
)
REQUEST = TurnRequest(
    session=STATE, turn=2, message=MessageRecord(text="hi"), chat=None, is_new=True
)
COMMANDS: list[Command] = [
    Warm(modules=["json", "numpy"]),
    Load(
        generation=3,
        folder="/p",
        module="app",
        file=None,
        symbol=None,
        entry="app.py",
        cache_dir=None,
    ),
    RunTurn(request=REQUEST),
    CancelTurn(session_id="s", turn=2),
    AnswerBlock(session_id="s", block_id="b", answer={"approved": True}),
    AnswerBlock(session_id="s", block_id="b", answer=None),
    AttachDebugger(tty="/dev/pts/3"),
    AttachDebugger(tty=None, reason="nobody is there"),
    CloseSession(session=STATE),
    Ping(number=4),
    Shutdown(),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_arrives_as_it_was_sent(command: Command) -> None:
    line = encode_command(command)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_command(line) == command


def test_an_event_is_an_object_with_its_kind() -> None:
    assert orjson.loads(encode_event(ReplyChunk(session_id="s", turn=1, reply=0, text="a\n"))) == {
        "kind": "reply.chunk",
        "session_id": "s",
        "turn": 1,
        "reply": 0,
        "text": "a\n",
    }


def test_a_record_in_an_event_is_an_object() -> None:
    event = TurnEnded(status="failed", error=ErrorRecord(type="E", message="m"))

    error = orjson.loads(encode_event(event))["error"]

    assert (error["type"], error["message"], error["file"]) == ("E", "m", None)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("a\ud800b", "a\ufffdb"),
        ({"\udc80": ["\ud800"]}, {"\ufffd": ["\ufffd"]}),
        (2**70, str(2**70)),
        ({"n": [-(2**70)]}, {"n": [str(-(2**70))]}),
        ({1: "a"}, {"1": "a"}),
        ({"when": object}, {"when": str(object)}),
        ("a\0b", "a\0b"),
        (float("nan"), None),
    ],
)
def test_whatever_is_told_can_be_sent(value: Any, sent: Any) -> None:
    assert orjson.loads(encode_fact({"kind": "x", "value": value}))["value"] == sent


def test_data_that_is_nested_too_deeply_is_still_told() -> None:
    value: Any = 1
    for _ in range(2_000):
        value = [value]

    line = encode_event(DataChanged(changed={"deep": value, "other": 1}))

    assert orjson.loads(line)["changed"]["other"] == 1


def test_a_block_with_a_surrogate_is_still_shown() -> None:
    line = encode_event(BlockShown(id="b", type="card", payload={"text": "\ud800"}))

    assert orjson.loads(line)["payload"] == {"text": "\ufffd"}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_lines_come_out_whole_however_they_arrive(size: int) -> None:
    stream = b"one\ntwo\n\nfour is longer\nrest"
    lines = Lines()

    found = []
    for start in range(0, len(stream), size):
        found += lines.feed(stream[start : start + size])

    assert found == [b"one", b"two", b"", b"four is longer"]
    assert lines.feed(b"\n") == [b"rest"]


def test_a_large_line_costs_time_in_proportion_to_its_length() -> None:
    lines = Lines()

    for _ in range(20_000):
        assert lines.feed(b"x" * 1_000) == []

    assert [len(line) for line in lines.feed(b"\n")] == [20_000_000]


def test_commands_are_received_together_and_the_end_is_seen() -> None:
    mine, theirs = socket.socketpair()
    worker = WorkerEnd(theirs)
    mine.sendall(encode_command(Ping(number=1)) + encode_command(Shutdown()))

    assert worker.receive() == [Ping(number=1), Shutdown()]
    mine.close()
    assert worker.receive() is None
    theirs.close()


def test_telling_a_supervisor_that_is_gone_does_nothing() -> None:
    mine, theirs = socket.socketpair()
    mine.close()

    WorkerEnd(theirs).send(b"{}\n")

    theirs.close()


def test_what_threads_tell_at_once_stays_whole() -> None:
    mine, theirs = socket.socketpair()
    worker = WorkerEnd(theirs)
    line = encode_fact({"kind": "x", "text": "y" * 100_000})
    threads = [threading.Thread(target=worker.send, args=(line,)) for _ in range(10)]
    for thread in threads:
        thread.start()

    lines = Lines()
    found: list[bytes] = []
    while len(found) < 10:
        found += lines.feed(mine.recv(65_536))

    assert set(found) == {line.rstrip(b"\n")}
    for thread in threads:
        thread.join()
    mine.close()
    theirs.close()


class Supervisor:
    """A supervisor's end that notes what it is told."""

    def __init__(self) -> None:
        self.events: list[JsonObject] = []
        self.told = asyncio.Event()
        self.closed = asyncio.Event()
        self.end = SupervisorEnd(self.take, self.closed.set)

    def take(self, events: list[JsonObject]) -> None:
        self.events += events
        self.told.set()

    async def connect(self) -> socket.socket:
        mine, theirs = socket.socketpair()
        mine.setblocking(False)
        await asyncio.get_running_loop().create_connection(lambda: self.end, sock=mine)
        return theirs


async def test_the_supervisor_gets_events_and_sends_commands() -> None:
    supervisor = Supervisor()
    theirs = await supervisor.connect()

    theirs.sendall(encode_fact({"kind": "a"}) + encode_fact({"kind": "b"}))
    supervisor.end.send(Ping(number=1))

    async with asyncio.timeout(5):
        await supervisor.told.wait()
    assert supervisor.events == [{"kind": "a"}, {"kind": "b"}]
    assert WorkerEnd(theirs).receive() == [Ping(number=1)]
    theirs.close()
    async with asyncio.timeout(5):
        await supervisor.closed.wait()
    supervisor.end.send(Ping(number=2))


async def test_a_paused_worker_is_not_read_until_it_may_go_on() -> None:
    supervisor = Supervisor()
    theirs = await supervisor.connect()
    supervisor.end.pause()
    supervisor.end.pause()

    theirs.sendall(encode_fact({"kind": "a"}))
    for _ in range(5):
        await asyncio.sleep(0)
    assert supervisor.events == []
    supervisor.end.resume()

    async with asyncio.timeout(5):
        await supervisor.told.wait()
    assert supervisor.events == [{"kind": "a"}]
    supervisor.end.close()
    async with asyncio.timeout(5):
        await supervisor.closed.wait()
    theirs.close()
