"""Tests of the core in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from cpsl_dev.core_thread import CoreThread
from cpsl_dev.exceptions import InvalidInput, ServerRunning
from cpsl_dev.server import DevServer
from tests.conftest import MakeApp
from tests.servers import ECHO_APP, is_alive, make_config


async def test_a_server_is_called_from_another_loop(make_app: MakeApp) -> None:
    core = CoreThread(make_config(make_app(ECHO_APP)))
    core.start()
    try:
        await core.call(core.server.ready)
        taken = await core.call(core.server.send, "s1", "hi", source="screen")
        turn = await core.call(core.server.wait_turn, "s1", taken.turn)

        assert [reply.text for reply in turn.replies] == ["echo hi"]
        with pytest.raises(InvalidInput):
            await core.call(core.server.send, "s1", "", source="screen")
    finally:
        core.stop()
    assert not any(thread.name == "cpsl-core" for thread in threading.enumerate())


async def test_a_busy_screen_does_not_delay_the_core(make_app: MakeApp) -> None:
    core = CoreThread(make_config(make_app(ECHO_APP)))
    core.start()
    try:
        await core.call(core.server.ready)
        taken = await core.call(core.server.send, "s1", "hi", source="screen")

        deadline = time.monotonic() + 5
        while not _is_over(core, taken.turn) and time.monotonic() < deadline:
            time.sleep(0.01)  # noqa: ASYNC251 - the screen's loop is kept from running

        assert _is_over(core, taken.turn)
    finally:
        core.stop()


def _is_over(core: CoreThread, turn: int) -> bool:
    return any(
        event.kind == "turn.finished" and event.turn == turn for event in core.server.log.recent()
    )


async def test_a_function_is_run_on_the_loop_of_the_core(make_app: MakeApp) -> None:
    core = CoreThread(make_config(make_app(ECHO_APP)))
    core.start()
    try:
        done = threading.Event()
        names: list[str] = []

        def note() -> None:
            names.append(threading.current_thread().name)
            done.set()

        core.post(note)

        assert await asyncio.to_thread(done.wait, 5)
        assert names == ["cpsl-core"]
    finally:
        core.stop()


async def test_a_call_that_is_given_up_is_cancelled_in_the_core(make_app: MakeApp) -> None:
    core = CoreThread(make_config(make_app(ECHO_APP)))
    core.start()
    begun, ended = threading.Event(), threading.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    try:
        calling = asyncio.ensure_future(core.call(wait))
        assert await asyncio.to_thread(begun.wait, 5)

        calling.cancel()

        assert await asyncio.to_thread(ended.wait, 5)
    finally:
        core.stop()


def test_a_server_that_cannot_start_says_so_where_the_thread_was_started(
    make_app: MakeApp,
) -> None:
    folder = make_app(ECHO_APP)
    first, second = CoreThread(make_config(folder)), CoreThread(make_config(folder))
    first.start()
    try:
        with pytest.raises(ServerRunning):
            second.start()
        second.stop()
    finally:
        first.stop()


def test_what_runs_beside_the_server_begins_after_it_and_ends_before(make_app: MakeApp) -> None:
    order: list[str] = []
    begun = threading.Event()

    async def beside(server: DevServer) -> Callable[[], Awaitable[None]]:
        order.append(server.status()["entry"])
        server.log.add_listener(lambda events: order.extend(event.kind for event in events))
        begun.set()

        async def end() -> None:
            order.append("end")

        return end

    core = CoreThread(make_config(make_app(ECHO_APP)), beside)
    core.start()
    assert begun.wait(5)

    core.stop()

    assert order[0] == "app.py"
    assert order.index("end") < order.index("server.stopping")


def test_stopping_ends_the_workers(make_app: MakeApp) -> None:
    core = CoreThread(make_config(make_app(ECHO_APP)))
    core.start()
    pids = [worker["pid"] for worker in core.server.status()["workers"]]

    core.stop()
    core.stop()

    assert pids
    assert not any(is_alive(pid) for pid in pids)
