from __future__ import annotations

import threading

from cpsl_dev.tui.feed import EventFeed
from tests.screens import make_event


def test_first_event_wakes_and_others_do_not() -> None:
    woken: list[int] = []
    feed = EventFeed(lambda: woken.append(1))

    feed.take([make_event("turn.started")])
    feed.take([make_event("turn.finished")])
    assert len(woken) == 1

    feed.drain()
    feed.take([make_event("turn.started")])
    assert len(woken) == 2


def test_batch_has_everything_in_order() -> None:
    feed = EventFeed(lambda: None)
    events = [
        make_event("turn.started"),
        make_event("output.written", text="x"),
        make_event("turn.finished"),
    ]
    feed.take(events)

    batch = feed.drain()

    assert (batch.log, batch.state) == (events, [events[0], events[2]])
    assert (batch.skipped, batch.lost) == (0, False)
    assert feed.drain().log == []


def test_chunks_of_a_reply_are_put_together() -> None:
    feed = EventFeed(lambda: None)
    for number in range(100):
        feed.take([make_event("reply.chunk", reply=0, text=f"{number} ")])
    feed.take([make_event("reply.chunk", reply=1, text="other")])

    batch = feed.drain()

    assert [event.fields["text"] for event in batch.state] == [
        "".join(f"{number} " for number in range(100)),
        "other",
    ]
    assert len(batch.log) == 101


def test_flood_of_output_keeps_the_newest_and_says_how_many_are_missing() -> None:
    feed = EventFeed(lambda: None)
    feed.take([make_event("turn.started")])
    feed.take([make_event("output.written", text=str(number)) for number in range(10_000)])

    batch = feed.drain()

    assert batch.log[-1].fields["text"] == "9999"
    assert len(batch.log) + batch.skipped == 10_001
    assert len(batch.log) < 3_000
    assert ([event.kind for event in batch.state], batch.lost) == (["turn.started"], False)


def test_flood_of_state_is_said_to_be_lost() -> None:
    feed = EventFeed(lambda: None)
    feed.take([make_event("turn.started", turn=number) for number in range(30_000)])

    batch = feed.drain()

    assert batch.lost
    assert len(batch.state) < 20_001


def test_threads_lose_nothing_between_them() -> None:
    feed = EventFeed(lambda: None)
    taken = 0
    done = threading.Event()

    def produce() -> None:
        for _ in range(500):
            feed.take([make_event("turn.started")])
        done.set()

    producer = threading.Thread(target=produce)
    producer.start()
    while not done.is_set():
        taken += len(feed.drain().state)
    producer.join()
    taken += len(feed.drain().state)

    assert taken == 500
