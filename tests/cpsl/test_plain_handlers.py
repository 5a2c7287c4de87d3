from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from cpsl.context import raise_if_stopped
from cpsl.plain_handlers import run_in_thread

variable: ContextVar[str] = ContextVar("variable", default="unset")
DEADLINE_SECONDS = 10.0


async def test_function_runs_in_a_daemon_thread_of_its_own() -> None:
    def work(a: int, b: int) -> tuple[int, threading.Thread]:
        return a + b, threading.current_thread()

    value, thread = await run_in_thread(work, 1, 2)

    assert value == 3
    assert thread is not threading.current_thread()
    assert thread.daemon
    assert thread.name == "cpsl work"


async def test_function_sees_the_context_of_the_caller() -> None:
    variable.set("mine")

    assert await run_in_thread(variable.get) == "mine"


async def test_loop_goes_on_while_the_function_blocks() -> None:
    is_free = threading.Event()

    waiting = asyncio.ensure_future(run_in_thread(is_free.wait, DEADLINE_SECONDS))
    await asyncio.sleep(0)
    is_free.set()

    assert await waiting is True


async def test_many_functions_can_block_at_once() -> None:
    barrier = threading.Barrier(50)

    results = await asyncio.gather(
        *(run_in_thread(barrier.wait, DEADLINE_SECONDS) for _ in range(50))
    )

    assert sorted(results) == list(range(50))


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(3), KeyboardInterrupt()])
async def test_what_the_function_raises_is_raised(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        await run_in_thread(fail)

    assert caught.value is error


async def test_stop_iteration_does_not_get_lost() -> None:
    def fail() -> None:
        next(iter([]))

    with pytest.raises(RuntimeError) as caught:
        await run_in_thread(fail)

    assert isinstance(caught.value.__cause__, StopIteration)


async def test_cancelled_caller_returns_and_the_thread_stops_at_its_next_word() -> None:
    has_started, may_go_on = threading.Event(), threading.Event()
    ended: list[str] = []

    def work() -> None:
        has_started.set()
        may_go_on.wait(DEADLINE_SECONDS)
        try:
            raise_if_stopped()
        except asyncio.CancelledError:
            ended.append("stopped")
        finally:
            has_ended.set()

    has_ended = threading.Event()
    task = asyncio.ensure_future(run_in_thread(work))
    await asyncio.to_thread(has_started.wait, DEADLINE_SECONDS)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    may_go_on.set()
    await asyncio.to_thread(has_ended.wait, DEADLINE_SECONDS)

    assert ended == ["stopped"]


def test_thread_that_outlives_its_loop_ends_quietly() -> None:
    may_end = threading.Event()
    has_started = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        has_started.set()
        may_end.wait(DEADLINE_SECONDS)

    async def start() -> None:
        task = asyncio.ensure_future(run_in_thread(work))
        await asyncio.to_thread(has_started.wait, DEADLINE_SECONDS)
        task.cancel()

    asyncio.run(start())
    may_end.set()
    threads[0].join(DEADLINE_SECONDS)

    assert not threads[0].is_alive()
