from __future__ import annotations

import functools
import threading
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import pytest

from cpsl.exceptions import NotAvailable
from cpsl.tasks import GlobalTaskQuery, TaskDescriptor, TaskHandle, parse_delay

word: ContextVar[str] = ContextVar("word", default="unset")


async def test_an_async_task_runs_inline_with_exactly_the_given_arguments() -> None:
    async def add(a: int, b: int = 2, *, c: int = 3) -> int:
        return a + b + c

    assert await TaskDescriptor(add)(1, c=10) == 13


async def test_a_plain_task_runs_in_a_thread_with_the_context_of_the_caller() -> None:
    def work() -> tuple[str, bool]:
        return (word.get(), threading.current_thread() is threading.main_thread())

    word.set("set")

    assert await TaskDescriptor(work)() == ("set", False)


async def test_an_exception_of_a_task_is_raised_at_the_call() -> None:
    def work() -> None:
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        await TaskDescriptor(work)()


async def test_a_partial_of_an_async_function_is_awaited() -> None:
    async def add(a: int, b: int) -> int:
        return a + b

    assert await TaskDescriptor(functools.partial(add, 1))(2) == 3


async def test_a_task_method_runs_with_its_instance() -> None:
    class Bot:
        name = "bot"

        async def _greet(self, who: str) -> str:
            return f"{self.name} greets {who}"

        greet = TaskDescriptor(_greet, retries=2)

    assert await Bot().greet("you") == "bot greets you"
    assert Bot().greet.options["retries"] == 2
    assert isinstance(Bot.greet, TaskDescriptor)


def test_a_task_looks_like_its_function() -> None:
    def tidy() -> None:
        """Tidy up."""

    descriptor: Any = TaskDescriptor(tidy)

    assert (descriptor.__name__, descriptor.__doc__) == ("tidy", "Tidy up.")
    assert descriptor.function is tidy


def test_a_task_keeps_what_the_decorator_was_given() -> None:
    descriptor = TaskDescriptor(print, 2, 30, "a:{b}", [KeyError], "http://x", True, True)

    assert descriptor.options == {
        "retries": 2,
        "timeout": 30,
        "lock": "a:{b}",
        "retry_for": [KeyError],
        "callback_url": "http://x",
        "functional": True,
        "process": True,
    }


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda task: task.submit(x=1), "task.submit()"),
        (lambda task: task.schedule("5 min"), "task.schedule()"),
        (lambda task: task.schedule(object()), "task.schedule()"),
        (lambda task: task.schedule(), "task.schedule()"),
        (lambda task: task.find("failed"), "task.find()"),
        (lambda task: task.count(), "task.count()"),
        (lambda task: task.cancel(), "task.cancel()"),
    ],
)
async def test_running_a_task_later_says_that_it_does_not_work_yet(call: Any, name: str) -> None:
    with pytest.raises(NotAvailable) as caught:
        await call(TaskDescriptor(print))

    assert str(caught.value) == (
        f"{name} is not available in the local runtime yet. "
        f"Declaring it works, and the app deploys with it unchanged."
    )


@pytest.mark.parametrize("method", ["status", "refresh", "cancel"])
async def test_a_handle_says_what_does_not_work_yet(method: str) -> None:
    with pytest.raises(NotAvailable, match=rf"TaskHandle\.{method}\(\) is not available"):
        await getattr(TaskHandle("t1", None), method)()


@pytest.mark.parametrize("method", ["find", "count", "cancel"])
async def test_a_query_says_what_does_not_work_yet(method: str) -> None:
    with pytest.raises(NotAvailable, match=rf"app\.tasks\.{method}\(\) is not available"):
        await getattr(GlobalTaskQuery(None), method)()


async def test_looking_up_a_run_says_that_it_does_not_work_yet() -> None:
    with pytest.raises(NotAvailable, match=r"app\.tasks\.get\(\) is not available"):
        await GlobalTaskQuery(None).get("t1")


def test_a_handle_without_a_record_knows_its_id_only() -> None:
    handle = TaskHandle("t1", None)

    assert handle.task_id == "t1"
    assert handle.kwargs == {}
    for name in ("task_name", "display_name", "session_id", "created_at", "started_at"):
        assert getattr(handle, name) == ""
    assert handle.completed_at == ""


def test_a_handle_shows_what_is_in_its_record() -> None:
    handle = TaskHandle("t1", None, {"task_name": "tidy", "kwargs": {"a": 1}})

    assert (handle.task_name, handle.kwargs) == ("tidy", {"a": 1})
    assert repr(handle) == "TaskHandle(task_id='t1', task_name='tidy')"


@pytest.mark.parametrize(
    ("text", "seconds", "repeats"),
    [
        ("30s", 30, False),
        ("5 min", 300, False),
        ("5 MINUTES", 300, False),
        ("2h", 7200, False),
        ("1 hr", 3600, False),
        ("2 hours", 7200, False),
        ("1 day", 86400, False),
        ("3 d", 259200, False),
        ("1 sec", 1, False),
        ("every 2 hours", 7200, True),
        ("repeat every 1 min", 60, True),
        ("Every 10s", 10, True),
    ],
)
def test_delays_are_a_number_and_a_unit(text: str, seconds: int, repeats: bool) -> None:
    assert parse_delay(text) == (timedelta(seconds=seconds), repeats)


def test_a_timedelta_is_a_delay() -> None:
    assert parse_delay(timedelta(hours=1)) == (timedelta(hours=1), False)


@pytest.mark.parametrize(
    "text",
    ["", "5", "1.5 h", "2 weeks", "-5 min", "2 hrs", "soon", "every", "every day"],
)
def test_what_is_no_delay_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid delay") as caught:
        parse_delay(text)

    assert repr(text) in str(caught.value)
    assert "write a whole number and a unit" in str(caught.value)


def test_a_delay_in_the_past_is_refused() -> None:
    with pytest.raises(ValueError, match="it is in the past"):
        parse_delay(timedelta(seconds=-1))


async def test_scheduling_with_two_delays_is_refused() -> None:
    with pytest.raises(ValueError, match="takes when or delay=, not both"):
        await TaskDescriptor(print).schedule("5 min", delay="1 min")


async def test_scheduling_with_a_bad_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid delay 'soon'"):
        await TaskDescriptor(print).schedule("soon")


async def test_scheduling_with_two_sessions_is_refused() -> None:
    session: Any = object()

    with pytest.raises(TypeError, match="got the session twice"):
        await TaskDescriptor(print).schedule(session, session=session)
