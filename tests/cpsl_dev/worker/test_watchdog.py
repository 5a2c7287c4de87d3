"""Tests of noticing that the event loop is stuck, and where."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

from cpsl_dev.worker.watchdog import Watchdog


class Notes:
    """A reporter that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def tell(self, kind: str, **fields: Any) -> None:
        self.told.append({"kind": kind, **fields})


def run_watched(block: Any) -> list[dict[str, Any]]:
    """Run a coroutine function on a loop in this thread while a watchdog looks on."""
    loop = asyncio.new_event_loop()
    notes: Any = Notes()
    watchdog = Watchdog(loop, notes, lambda file: file == __file__)
    stopped = threading.Event()

    def look() -> None:
        while not stopped.wait(0.05):
            watchdog.check()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        loop.run_until_complete(block())
    finally:
        stopped.set()
        thread.join()
        loop.close()
    told: list[dict[str, Any]] = notes.told
    return told


def test_a_loop_that_answers_is_left_alone() -> None:
    async def work() -> None:
        for _ in range(40):
            await asyncio.sleep(0.02)

    assert run_watched(work) == []


def test_a_loop_that_is_stuck_is_told_once_with_the_line() -> None:
    def block() -> None:
        time.sleep(1.0)

    async def work() -> None:
        await asyncio.sleep(0.1)
        block()

    told = run_watched(work)

    event, goes_on = told
    assert event["kind"] == "worker.blocked"
    assert goes_on["kind"] == "worker.unblocked"
    assert goes_on["seconds"] >= event["seconds"]
    assert event["file"] == __file__
    assert event["text"] == "time.sleep(1.0)"
    assert event["line"] == block.__code__.co_firstlineno + 1
    assert 0.5 <= event["seconds"] < 1.1
    assert "in block" in event["stack"]


def test_what_blocks_inside_a_library_is_told_by_the_apps_own_line() -> None:
    async def block() -> None:
        await asyncio.sleep(0.1)
        threading.Event().wait(0.8)

    event, _ = run_watched(block)

    assert event["text"] == "threading.Event().wait(0.8)"
    assert "threading.py" in event["stack"]
    assert event["stack"].index(__file__) < event["stack"].index("threading.py")


def test_each_time_is_told() -> None:
    async def block() -> None:
        for _ in range(2):
            await asyncio.sleep(0.15)
            threading.Event().wait(0.75)
        await asyncio.sleep(0.15)

    kinds = [event["kind"] for event in run_watched(block)]
    assert kinds == ["worker.blocked", "worker.unblocked"] * 2


def test_a_loop_that_is_stopped_on_purpose_is_stuck_no_more() -> None:
    loop = asyncio.new_event_loop()
    notes: Any = Notes()
    watchdog = Watchdog(loop, notes, lambda file: True)
    watchdog.check()
    watchdog._asked = time.monotonic() - 1
    watchdog.check()
    watchdog.forget()
    watchdog.forget()
    loop.close()

    assert [event["kind"] for event in notes.told] == ["worker.blocked", "worker.unblocked"]


def test_a_loop_that_is_closed_is_left_alone() -> None:
    loop = asyncio.new_event_loop()
    notes: Any = Notes()
    watchdog = Watchdog(loop, notes, lambda file: True)
    loop.close()

    watchdog.check()

    assert notes.told == []
