"""Tests of letting the workers wait while the store is behind."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from cpsl_dev.server import DevServer
from tests.servers import finished, wait_for_event, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")


class StoppedGrowing:
    """True once as much waits for the store as a tenth of a second before."""

    def __init__(self, server: DevServer) -> None:
        self._server = server
        self._seen = -1
        self._since = 0.0

    def __call__(self) -> bool:
        waiting, now = self._server._journal.waiting, time.monotonic()
        if waiting != self._seen:
            self._seen, self._since = waiting, now
        return now - self._since > 0.1


async def test_a_flood_waits_for_the_store_and_nothing_is_lost(
    toolbox: DevServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.crowding._CROWDED", 100)
    monkeypatch.setattr("cpsl_dev.crowding._CLEAR", 10)
    gate = threading.Event()
    blocked = asyncio.ensure_future(toolbox._journal.read(lambda store: gate.wait(10)))
    sending = asyncio.ensure_future(toolbox.send("s1", "many 20000", source="http"))
    # The message itself is stored first.
    gate.set()
    turn = await sending
    await blocked
    await wait_for_event(toolbox, "reply.chunk")
    gate.clear()
    blocked = asyncio.ensure_future(toolbox._journal.read(lambda store: gate.wait(10)))

    await wait_until(lambda: toolbox._crowding._is_crowded)
    # What was read already still comes; after that nothing more does.
    await wait_until(StoppedGrowing(toolbox))
    assert toolbox._journal.waiting < 15_000
    gate.set()

    ended = await finished(toolbox, turn)
    await blocked
    assert [reply.text for reply in ended.replies] == ["".join(f"{n}," for n in range(20_000))]
    await wait_until(lambda: not toolbox._crowding._is_crowded)
