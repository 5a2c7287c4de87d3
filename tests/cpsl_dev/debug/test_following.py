"""The timeline is read without a gap and without a duplicate, however fast it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from cpsl_dev.debug import following
from cpsl_dev.debug.following import Gap, Selection, follow
from cpsl_dev.event_log import Event
from cpsl_dev.server import DevServer
from tests.conftest import RunServer
from tests.servers import ECHO_APP, wait_until


@pytest.fixture
async def server(dev_server: RunServer) -> AsyncIterator[DevServer]:
    async with dev_server(ECHO_APP, reload=False, standby=False) as running:
        yield running


def make_event(kind: str, session_id: str | None = None, turn: int | None = None) -> Event:
    return Event(1, "", kind, None, session_id, turn, {})


async def record(server: DevServer, count: int, kind: str = "output.written") -> None:
    """Have something happen, and wait until it has."""
    target = server.log.last_seq + count
    for number in range(count):
        server.record(kind, {"number": number})
        if number % 200 == 199:
            await asyncio.sleep(0)
    await wait_until(lambda: server.log.last_seq >= target)


async def read_up_to(server: DevServer, last: int, *, after: int) -> list[int]:
    numbers: list[int] = []
    items = follow(server, Selection(), after=after)
    async with asyncio.timeout(20), aclosing(items):
        async for item in items:
            assert isinstance(item, list)
            numbers += [event.seq for event in item]
            if numbers and numbers[-1] >= last:
                break
    return numbers


@pytest.mark.parametrize(
    ("selection", "event", "holds"),
    [
        (Selection(), make_event("turn.started"), True),
        (Selection(kinds=("turn.started",)), make_event("turn.started"), True),
        (Selection(kinds=("turn.start",)), make_event("turn.started"), False),
        (Selection(kinds=("turn.*",)), make_event("turn.started"), True),
        (Selection(kinds=("reload.*", "turn.*")), make_event("turn.started"), True),
        (Selection(kinds=("*",)), make_event("turn.started"), True),
        (Selection(session_id="s1"), make_event("turn.started", "s2"), False),
        (Selection(session_id="s1", turn=2), make_event("turn.started", "s1", 1), False),
        (Selection(session_id="s1", turn=2), make_event("turn.started", "s1", 2), True),
    ],
)
def test_a_selection_knows_what_it_holds(selection: Selection, event: Event, holds: bool) -> None:
    assert selection.holds(event) is holds


async def test_stored_events_come_first_and_then_live_ones(server: DevServer) -> None:
    await record(server, 2_500)
    live = asyncio.ensure_future(read_up_to(server, server.log.last_seq + 10, after=0))
    await asyncio.sleep(0)
    await record(server, 10)

    numbers = await live

    assert numbers == list(range(1, numbers[-1] + 1))


async def test_nothing_is_lost_or_doubled_while_much_happens(server: DevServer) -> None:
    after = server.log.last_seq
    target = after + 20_000
    readers = [
        asyncio.ensure_future(read_up_to(server, target, after=start))
        for start in (0, after, after // 2)
    ]

    await record(server, 20_000)

    for reader, start in zip(readers, (0, after, after // 2), strict=True):
        numbers = await reader
        assert numbers == list(range(start + 1, numbers[-1] + 1))


async def test_what_is_not_selected_is_passed_over(server: DevServer) -> None:
    after = server.log.last_seq
    items = follow(server, Selection(kinds=("wanted.*",)), after=after)
    await record(server, 1_200)
    await record(server, 1, "wanted.this")

    async with asyncio.timeout(20), aclosing(items):
        first = await anext(items)

    assert isinstance(first, list)
    assert [event.kind for event in first] == ["wanted.this"]


async def test_pruned_events_are_told_as_a_gap(server: DevServer) -> None:
    server.log.first_seq = kept = server.log.last_seq - 1
    items = follow(server, Selection(), after=0)
    async with aclosing(items):
        first = await anext(items)
        second = await anext(items)

    assert first == Gap(first=1, last=kept - 1)
    assert isinstance(second, list)
    assert second[0].seq == kept


async def test_a_reader_that_is_cut_off_ends_when_it_falls_behind(server: DevServer) -> None:
    items = follow(server, Selection(), after=server.log.last_seq, cuts_off=True)
    await record_later(server)
    await anext(items)
    await record(server, 3_000)

    rest = [item async for item in items]

    assert sum(len(item) for item in rest if isinstance(item, list)) < 3_000


async def test_another_reader_goes_on_from_the_store(server: DevServer) -> None:
    before = server.log.last_seq
    items = follow(server, Selection(), after=before)
    await record_later(server)
    first = await anext(items)
    await record(server, 3_000)

    numbers = [event.seq for event in first] if isinstance(first, list) else []
    async with asyncio.timeout(20), aclosing(items):
        async for item in items:
            assert isinstance(item, list)
            numbers += [event.seq for event in item]
            if numbers[-1] >= before + 3_001:
                break

    assert numbers == list(range(before + 1, numbers[-1] + 1))


async def record_later(server: DevServer) -> None:
    """Have one thing happen once the reader waits for it."""
    asyncio.get_running_loop().call_later(0.05, server.record, "output.written", {})


async def test_leaving_ends_the_subscription(server: DevServer) -> None:
    items = follow(server, Selection(), after=0)
    async with aclosing(items):
        await anext(items)

    assert not server.log._subscriptions


def test_a_page_is_smaller_than_what_memory_holds() -> None:
    assert following._NEAR < 1_024
