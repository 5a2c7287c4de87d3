from __future__ import annotations

import asyncio
import threading
from datetime import date
from time import perf_counter
from typing import Any

from cpsl.data_changes import INTERVAL_SECONDS, DataReporter
from cpsl.events import DataChanged, DataConverted, RuntimeEvent
from cpsl.session_data import SessionData

DEADLINE_SECONDS = 10.0


class Told:
    """A reporter, its data, and what it told."""

    def __init__(self, **values: Any) -> None:
        self.events: list[RuntimeEvent] = []
        self.has_event = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.data: Any = SessionData(values, lambda: self.reporter.data_changed())
        self.reporter = DataReporter(lambda: self.data, self._emit, self.loop)

    def _emit(self, event: RuntimeEvent) -> None:
        self.events.append(event)
        self.loop.call_soon_threadsafe(self.has_event.set)

    @property
    def changes(self) -> list[DataChanged]:
        return [event for event in self.events if isinstance(event, DataChanged)]

    @property
    def conversions(self) -> list[DataConverted]:
        return [event for event in self.events if isinstance(event, DataConverted)]

    async def wait(self) -> None:
        await asyncio.wait_for(self.has_event.wait(), DEADLINE_SECONDS)
        self.has_event.clear()


async def test_nothing_is_told_when_nothing_changed() -> None:
    told = Told(a=1)

    told.reporter.tell(commit=True)
    told.reporter.finish()

    assert told.events == []


async def test_changed_and_removed_keys_are_told() -> None:
    told = Told(a=1, b=2, c={"d": [1]})

    told.data["a"] = 5
    del told.data["b"]
    told.data["c"]["d"].append(2)
    told.data["e"] = None
    told.reporter.tell(commit=True)

    assert told.events == [
        DataChanged(changed={"a": 5, "c": {"d": [1, 2]}, "e": None}, removed=["b"], commit=True)
    ]


async def test_each_change_is_told_once() -> None:
    told = Told(a=1)

    told.data["a"] = 2
    told.reporter.tell(commit=False)
    told.reporter.tell(commit=True)

    assert told.changes == [DataChanged(changed={"a": 2})]


async def test_value_that_changes_back_is_not_told() -> None:
    told = Told(a=1)

    told.data["a"] = 2
    told.data["a"] = 1
    told.reporter.finish()

    assert told.events == []


async def test_told_values_do_not_change_later() -> None:
    told = Told()

    told.data["a"] = [1]
    told.reporter.tell(commit=False)
    told.data["a"].append(2)

    assert told.changes[0].changed == {"a": [1]}


async def test_changes_that_tracking_cannot_see_are_found() -> None:
    told = Told()
    tags = {"x"}
    inner = [1]
    told.data["tags"] = tags
    told.data["pair"] = (inner,)
    told.reporter.tell(commit=False)

    tags.clear()
    inner.append(2)
    told.reporter.finish()

    assert told.changes[-1].changed == {"tags": [], "pair": [[1, 2]]}


async def test_changes_are_told_soon_and_together() -> None:
    told = Told()
    started = perf_counter()

    for number in range(100):
        told.data["n"] = number
    await told.wait()

    assert told.changes == [DataChanged(changed={"n": 99}, commit=False)]
    assert perf_counter() - started >= INTERVAL_SECONDS / 2


async def test_changes_from_other_threads_are_told() -> None:
    told = Told()

    thread = threading.Thread(target=lambda: told.data.update(a=1))
    thread.start()
    await told.wait()
    thread.join()

    assert told.changes == [DataChanged(changed={"a": 1})]


async def test_changes_after_the_end_ask_to_be_stored() -> None:
    told = Told()
    told.reporter.finish()

    told.data["late"] = 1
    await told.wait()

    assert told.changes == [DataChanged(changed={"late": 1}, commit=True)]


async def test_change_that_was_told_in_time_is_not_told_by_the_timer() -> None:
    told = Told()

    told.data["a"] = 1
    told.reporter.finish()
    told.reporter._tell_by_timer()

    assert told.changes == [DataChanged(changed={"a": 1}, commit=False)]


async def test_slow_snapshots_get_further_apart() -> None:
    class Slow:
        def __str__(self) -> str:
            end = perf_counter() + 0.01
            while perf_counter() < end:
                pass
            return "slow"

    told = Told()

    told.data["slow"] = Slow()
    told.reporter.tell(commit=False)
    slow = told.reporter._delay
    del told.data["slow"]
    told.reporter.tell(commit=False)

    assert slow >= 0.1
    assert told.reporter._delay == INTERVAL_SECONDS


async def test_conversions_are_told_once_for_each_path() -> None:
    told = Told()

    for day in (1, 2):
        told.data["when"] = date(2026, 1, day)
        told.reporter.tell(commit=False)

    assert told.conversions == [DataConverted(path="/when", type="date", text='"2026-01-01"')]
    assert told.changes[-1].changed == {"when": "2026-01-02"}


async def test_conversions_are_told_before_the_change() -> None:
    told = Told()

    told.data["tags"] = {1}
    told.reporter.tell(commit=False)

    assert [type(event) for event in told.events] == [DataConverted, DataChanged]


async def test_flood_of_conversions_is_cut_off() -> None:
    told = Told()

    told.data["days"] = [date(2026, 1, 1)] * 1000
    told.reporter.tell(commit=False)

    assert len(told.conversions) == 100
    assert len(told.changes[0].changed["days"]) == 1000


async def test_long_conversions_are_told_shortened() -> None:
    told = Told()

    told.data["blob"] = b"x" * 1000
    told.reporter.tell(commit=False)

    assert told.conversions[0].text == '"' + "x" * 198 + "…"


async def test_stored_value_that_comes_back_as_another_type_is_no_change() -> None:
    told = Told(pair=[1, 2], day="2026-01-01")

    told.data["pair"] = (1, 2)
    told.data["day"] = date(2026, 1, 1)
    told.reporter.finish()

    assert told.events == []


async def test_metadata_of_the_platform_is_never_told() -> None:
    told = Told()

    told.data["__cpsl_session_rev"] = 5
    told.data["__chat_name__"] = "support"
    told.reporter.finish()

    assert told.changes == [DataChanged(changed={"__chat_name__": "support"})]


async def test_keys_become_text() -> None:
    told = Told()

    told.data[1] = "one"
    told.data["nul\0"] = "x"
    told.reporter.tell(commit=False)
    told.reporter.tell(commit=False)

    assert told.changes == [DataChanged(changed={"1": "one", "nul\ufffd": "x"})]
    assert [item.type for item in told.conversions] == ["key int", "key str"]


async def test_data_replaced_by_a_plain_dict_is_compared_too() -> None:
    told = Told(a=1)

    told.data = {"b": 2}
    told.reporter.finish()

    assert told.changes == [DataChanged(changed={"b": 2}, removed=["a"])]


async def test_data_replaced_by_nothing_is_not_erased() -> None:
    told = Told(a=1)

    told.data = None
    told.reporter.finish()

    assert told.events == []


async def test_first_data_need_not_be_json() -> None:
    told = Told(when=date(2026, 1, 1), numbers={1})

    told.reporter.finish()

    assert told.changes == []


def test_change_after_the_loop_is_closed_is_ignored() -> None:
    async def make() -> Told:
        return Told()

    told = asyncio.run(make())

    told.data["a"] = 1

    assert told.events == []
