from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from typing import Any

import pytest

import cpsl
from cpsl.decorators import Mark, marks_of
from cpsl.exceptions import DeclarationError


def test_marks_say_what_a_method_is_for() -> None:
    @cpsl.boot()
    def boot(self: Any) -> None: ...

    @cpsl.message("sales", label="Sales")
    async def sell(self: Any, session: Any, msg: Any) -> None: ...

    @cpsl.action()
    async def click(self: Any, session: Any, event: Any) -> None: ...

    @cpsl.schedule("0 9 * * *")
    def morning(self: Any) -> None: ...

    @cpsl.endpoint("POST", "/hook", authorized=False)
    async def hook(self: Any, ctx: Any) -> None: ...

    @cpsl.asgi("/site")
    def site(self: Any) -> None: ...

    assert marks_of(boot) == (Mark(kind="boot"),)
    assert marks_of(sell) == (Mark(kind="message", chat="sales", options={"label": "Sales"}),)
    assert marks_of(click) == (Mark(kind="action", options={"action": None}),)
    assert marks_of(morning) == (Mark(kind="schedule", options={"cron": "0 9 * * *"}),)
    options = {"method": "POST", "path": "/hook", "authorized": False}
    assert marks_of(hook) == (Mark(kind="endpoint", options=options),)
    assert marks_of(site) == (Mark(kind="asgi", options={"path": "/site"}),)


@pytest.mark.parametrize(
    ("decorator", "kind"),
    [
        (cpsl.boot, "boot"),
        (cpsl.shutdown, "shutdown"),
        (cpsl.enter, "enter"),
        (cpsl.exit, "exit"),
    ],
)
def test_hooks_return_the_function_they_mark(decorator: Any, kind: str) -> None:
    def hook(self: Any) -> None: ...

    assert decorator()(hook) is hook
    assert [mark.kind for mark in marks_of(hook)] == [kind]


def test_marks_stack() -> None:
    @cpsl.message()
    @cpsl.message("sales")
    async def handle(self: Any, session: Any, msg: Any) -> None: ...

    assert [mark.chat for mark in marks_of(handle)] == ["sales", None]


def test_a_mark_on_a_wrapper_leaves_the_wrapped_function_alone() -> None:
    @cpsl.message()
    async def handle(self: Any, session: Any, msg: Any) -> None: ...

    @cpsl.message("sales")
    @functools.wraps(handle)
    async def wrapper(self: Any, session: Any, msg: Any) -> None: ...

    assert [mark.chat for mark in marks_of(wrapper)] == [None, "sales"]
    assert [mark.chat for mark in marks_of(handle)] == [None]


def test_a_task_mark_makes_a_task_that_remembers_its_options() -> None:
    @cpsl.task(retries=3, lock="a")
    async def tidy(self: Any) -> None: ...

    assert isinstance(tidy, cpsl.TaskDescriptor)
    assert (tidy.options["retries"], tidy.options["lock"]) == (3, "a")
    assert marks_of(tidy) == (Mark(kind="task"),)


def test_a_schedule_may_stand_on_a_task() -> None:
    @cpsl.schedule("* * * * *")
    @cpsl.task()
    async def tidy(self: Any) -> None: ...

    assert [mark.kind for mark in marks_of(tidy)] == ["task", "schedule"]


def test_static_methods_can_be_marked_from_either_side() -> None:
    class Bot:
        @cpsl.boot()
        @staticmethod
        def first() -> None: ...

        @staticmethod
        @cpsl.boot()
        def second() -> None: ...

    assert [mark.kind for mark in marks_of(Bot.first)] == ["boot"]
    assert [mark.kind for mark in marks_of(vars(Bot)["second"])] == ["boot"]


def test_an_async_generator_is_refused_where_it_is_marked() -> None:
    async def handle(self: Any, session: Any, msg: Any) -> AsyncIterator[str]:
        yield "hello"

    with pytest.raises(DeclarationError, match="it is an async generator"):
        cpsl.message()(handle)


def test_a_bad_cron_expression_is_refused_where_it_is_declared() -> None:
    with pytest.raises(DeclarationError, match="'61 \\* \\* \\* \\*' is not a cron expression"):
        cpsl.schedule("61 * * * *")


def test_what_cannot_carry_a_mark_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"cannot be marked with @cpsl\.boot\(\): mark a"):
        cpsl.boot()(len)


@pytest.mark.parametrize("name", ["message", "action", "task", "schedule", "endpoint", "asgi"])
def test_a_mark_without_parentheses_is_refused(name: str) -> None:
    def handle(self: Any) -> None: ...

    with pytest.raises(DeclarationError, match=f"@cpsl.{name} needs parentheses"):
        getattr(cpsl, name)(handle)
