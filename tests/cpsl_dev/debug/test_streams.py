"""Many clients read events as they happen; none of them is waited for."""

from __future__ import annotations

import resource
import socket

import orjson
import pytest

from cpsl_dev.debug import streams
from cpsl_dev.debug.streams import EventEncoder, encode_event
from cpsl_dev.event_log import Event
from tests.endpoints import Served, wait_until


def make_event(seq: int = 1, text: str = "x") -> Event:
    return Event(seq, "2026-11-22T12:00:00.000Z", "output.written", 1, "s1", 2, {"text": text})


@pytest.mark.parametrize(
    "text",
    [
        "hi\n\nevent: reload.succeeded\ndata: {}\n\n",
        "a\r\rid: 999\r\n",
        "line\u2028separator\u0085next",
        "\x00\x0b\x0c\x1c\x1e",
    ],
)
def test_no_text_can_forge_an_event(text: str) -> None:
    data = encode_event(make_event(text=text))

    lines = data.decode().split("\n")
    assert [line.split(":")[0] for line in lines] == ["id", "event", "data", "", ""]
    assert b"\r" not in data
    assert orjson.loads(lines[2].removeprefix("data: "))["text"] == text


def test_an_event_is_encoded_once_for_all_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []

    def encode(event: Event) -> bytes:
        encoded.append(event.seq)
        return b"%d" % event.seq

    monkeypatch.setattr(streams, "encode_event", encode)
    encoder = EventEncoder(size=2)

    for _ in range(3):
        for seq in (1, 2):
            assert encoder.encode(make_event(seq)) == b"%d" % seq
    encoder.encode(make_event(3))
    encoder.encode(make_event(1))

    assert encoded == [1, 2, 3, 1]


def test_what_happens_is_told_at_once(served: Served) -> None:
    with served.stream() as events:
        assert events.next_block() == ["retry: 1000"]
        served.record("output.written", stream="stdout", text="now")

        event = events.next_event()
        while event["kind"] != "output.written":
            event = events.next_event()

    assert event["text"] == "now"


def test_a_stream_resumes_after_the_last_id(served: Served) -> None:
    turn = served.say("resume", "one")
    last = served.core.server.log.last_seq
    served.say("resume", "two")

    with served.stream("/events?session=resume", headers={"Last-Event-ID": str(last)}) as events:
        found = events.next_event()
    with served.stream(f"/events?session=resume&after={last}") as events:
        same = events.next_event()

    assert turn["turn"] == 1
    assert found == same
    assert (found["kind"], found["text"]) == ("message.received", "two")


def test_the_last_id_counts_more_than_after(served: Served) -> None:
    served.say("both", "one")
    last = served.core.server.log.last_seq
    headers = {"Last-Event-ID": str(last - 1)}

    with served.stream("/events?after=0", headers=headers) as events:
        assert events.next_event()["seq"] == last


def test_kinds_are_chosen_also_among_what_happens(served: Served) -> None:
    with served.stream("/events?kind=wanted.*&kind=also") as events:
        for kind in ("other", "wanted.a", "other", "also"):
            served.record(kind)

        kinds = [events.next_event()["kind"] for _ in range(2)]

    assert kinds == ["wanted.a", "also"]


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "0x10", "\uff11", "1 2", "9" * 200])
def test_an_id_that_is_no_number_is_400(served: Served, text: str) -> None:
    answer = served.ask(
        "GET", "/events", headers={"Accept": "text/event-stream", "Last-Event-ID": text}
    )

    assert answer.status == 400
    assert answer.json()["detail"] == "Last-Event-ID must be the number of an event."


def test_an_id_beyond_the_end_starts_from_now_and_says_so(served: Served) -> None:
    newest = served.core.server.log.last_seq
    with served.stream(headers={"Last-Event-ID": "9" * 30}) as events:
        reset = events.next_event()
        served.record("output.written", text="next")
        event = events.next_event()
        while event["kind"] != "output.written":
            event = events.next_event()

    assert reset["kind"] == "stream.reset"
    assert newest <= reset["seq"] < event["seq"]
    assert reset["time"].endswith("Z")
    assert event["text"] == "next"


def test_pruned_events_are_announced(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    last = served.core.server.log.last_seq
    monkeypatch.setattr(served.core.server.log, "first_seq", last)

    with served.stream("/events?after=1") as events:
        gap = events.next_event()
        following = events.next_event()

    assert gap["kind"] == "stream.gap"
    assert (gap["from"], gap["to"], gap["seq"]) == (2, last - 1, last - 1)
    assert following["seq"] == last


def test_a_comment_is_sent_when_nothing_happens(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_SECONDS", 0.05)

    with served.stream("/events?kind=never") as events:
        blocks = [events.next_block() for _ in range(3)]

    assert blocks == [["retry: 1000"], [": still here"], [": still here"]]


def test_there_is_room_for_so_many_clients_and_then_503(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(lambda: served.connections() == 0)
    monkeypatch.setattr(streams, "MAX_CLIENTS", 2)
    accept = {"Accept": "text/event-stream"}

    with served.stream(), served.stream():
        answer = served.ask("GET", "/events", headers=accept)
        message = served.ask("POST", "/sessions/room/messages", {"text": "hi"}, headers=accept)
        plain = served.ask("GET", "/events")

    assert answer.status == 503
    assert answer.kind == "too-many-clients"
    assert answer.json()["detail"] == "2 clients read events already. Close one of them."
    assert answer.headers["retry-after"] == "5"
    assert plain.status == 200
    assert message.status == 503
    assert served.ask("GET", "/sessions/room").status == 404


def test_a_client_that_leaves_makes_room(served: Served) -> None:
    for _ in range(3):
        with served.stream() as events:
            assert events.next_block() == ["retry: 1000"]

    wait_until(lambda: served.connections() == 0)
    running = served.endpoint._running
    assert running is not None
    wait_until(lambda: running.streams._clients == 0)


def test_a_reader_that_never_reads_is_cut_off_and_nobody_waits_for_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "WRITE_TIMEOUT_SECONDS", 0.5)
    wait_until(lambda: served.connections() == 0)
    with served.connect() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        sock.sendall(served.head("GET", "/events", {"Accept": "text/event-stream"}))
        wait_until(lambda: served.connections() == 1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        target = served.core.server.log.last_seq + 50_000

        for _ in range(500):
            served.core.post(lambda: _print_much(served))
            if served.core.server.log.last_seq % 5 == 0:
                assert served.ask("GET", "/status").status == 200

        wait_until(lambda: served.core.server.log.last_seq >= target)
        wait_until(lambda: served.connections() == 0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150_000, f"{grown} KB more memory"


def _print_much(served: Served) -> None:
    for _ in range(100):
        served.core.server.record("output.written", {"stream": "stdout", "text": "x" * 200})


def test_a_reader_that_falls_behind_resumes_without_a_gap(served: Served) -> None:
    start = served.core.server.log.last_seq
    numbers: list[int] = []
    target = start + 10_000
    for _ in range(100):
        served.core.post(lambda: _print_much(served))

    while not numbers or numbers[-1] < target:
        last = numbers[-1] if numbers else start
        with served.stream(headers={"Last-Event-ID": str(last)}) as events:
            try:
                while not numbers or numbers[-1] < target:
                    numbers.append(events.next_event()["seq"])
            except EOFError:
                continue

    assert numbers == list(range(start + 1, numbers[-1] + 1))


def test_a_turn_is_told_event_by_event_up_to_its_last(served: Served) -> None:
    body = {"text": "chunks 2000"}
    with served.stream("/sessions/t/messages", method="POST", body=body) as events:
        found = []
        while block := events.next_block():
            if block[0].startswith("id: "):
                found.append(orjson.loads(block[2].removeprefix("data: ")))

    kinds = [event["kind"] for event in found]
    text = "".join(event["text"] for event in found if event["kind"] == "reply.chunk")
    assert kinds[0] == "message.received"
    assert kinds[-1] == "turn.finished"
    assert {event["turn"] for event in found} == {1}
    assert text == "".join(f"{number} " for number in range(2_000))


def test_a_stream_outlives_a_reload(served: Served) -> None:
    with served.stream("/events?kind=reload.succeeded") as events:
        assert events.next_block() == ["retry: 1000"]
        for _ in range(2):
            assert served.ask("POST", "/reload").json()["outcome"] == "succeeded"

        generations = [events.next_event()["generation"] for _ in range(2)]

    assert generations[1] == generations[0] + 1
