"""Tests of noticing a worker that does not answer at all."""

from __future__ import annotations

import os
import signal

import pytest

from cpsl_dev.server import DevServer
from tests.servers import ask, finished, wait_for_event

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_worker_that_is_silent_is_told_once_until_it_speaks_again(
    toolbox: DevServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.heartbeat._BEAT_SECONDS", 0.05)
    monkeypatch.setattr("cpsl_dev.heartbeat._SILENT_SECONDS", 0.4)
    (worker,) = [item for item in toolbox.status()["workers"] if item["state"] == "serving"]
    held = await toolbox.send("held", "wait held", source="http")
    await wait_for_event(toolbox, "reply.sent", where=lambda event: event.session_id == "held")

    after = 0
    for _ in range(2):
        os.kill(worker["pid"], signal.SIGSTOP)
        try:
            event = await wait_for_event(toolbox, "worker.blocked", after=after)
        finally:
            os.kill(worker["pid"], signal.SIGCONT)
        assert event.fields["pid"] == worker["pid"]
        assert event.fields["unresponsive"]
        assert event.fields["seconds"] >= 0.4
        assert event.generation == worker["generation"]
        assert ["held", held.turn] in event.fields["turns"]
        goes_on = await wait_for_event(toolbox, "worker.unblocked", after=event.seq)
        assert goes_on.fields["pid"] == worker["pid"]
        await ask(toolbox, "echo awake", session_id="other")
        after = event.seq

    await ask(toolbox, "open held", session_id="other")
    assert (await finished(toolbox, held)).status == "done"
    events = await toolbox.events(kinds=["worker.blocked"])
    assert len([event for event in events if event.fields.get("unresponsive")]) == 2


async def test_a_worker_without_a_turn_may_be_silent(
    toolbox: DevServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsl_dev.heartbeat._BEAT_SECONDS", 0.02)
    monkeypatch.setattr("cpsl_dev.heartbeat._SILENT_SECONDS", 0.05)
    after = toolbox.log.last_seq
    number = toolbox._heartbeat._number

    while toolbox._heartbeat._number < number + 10:
        await ask(toolbox, "block 0.01", session_id="idle")

    assert await toolbox.events(after=after, kinds=["worker.blocked"]) == []
