from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cpsl.exceptions import DeclarationError
from cpsl.handlers import HandlerKind
from cpsl.signatures import (
    can_take,
    check_callable,
    locate,
    make_handler,
    name_of,
    place,
    require_parentheses,
)
from cpsl.tasks import TaskDescriptor

if TYPE_CHECKING:
    from nowhere import Missing  # type: ignore[import-not-found]


async def answer(session: Any, msg: Any) -> None: ...


def line_of(function: Callable[..., Any]) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if "def " in line)


def refusal(kind: HandlerKind, function: Any, **options: Any) -> DeclarationError:
    with pytest.raises(DeclarationError) as caught:
        make_handler(kind, function, **options)
    return caught.value


def test_a_handler_knows_its_name_and_where_it_stands() -> None:
    handler = make_handler("message", answer, chat="sales", label="Sales")

    assert (handler.kind, handler.name, handler.function) == ("message", "answer", answer)
    assert (handler.file, handler.line) == (__file__, line_of(answer))
    assert (handler.chat, handler.options) == ("sales", {"label": "Sales"})


def test_the_line_is_that_of_the_def_and_not_of_a_decorator() -> None:
    def decorate(function: Any) -> Any:
        return function

    @decorate
    @decorate
    def boot() -> None: ...

    assert locate(boot) == (__file__, line_of(boot))


def test_a_message_handler_with_one_parameter_is_refused_with_its_place() -> None:
    async def handle(session: Any) -> None: ...

    error = refusal("message", handle)

    where = place(__file__, line_of(handle))
    assert str(error) == (
        f"{where}: handle(session) cannot be a message handler: it must take (session, message)."
    )
    assert (error.file, error.line) == (__file__, line_of(handle))


def test_the_refusal_shows_defaults_but_no_annotations() -> None:
    async def handle(session: int, *, msg: str, tries: int = 3) -> None: ...

    assert "handle(session, *, msg, tries=3) cannot be" in str(refusal("message", handle))


@pytest.mark.parametrize(
    ("kind", "title", "wanted"),
    [
        ("boot", "a boot hook", "it must take no arguments."),
        ("shutdown", "a shutdown hook", "it must take no arguments."),
        ("enter", "an enter hook", "it must take (session)."),
        ("exit", "an exit hook", "it must take (session)."),
        ("message", "a message handler", "it must take (session, message)."),
        ("action", "an action handler", "it must take (session, event)."),
        ("session", "a session initialiser", "it must take (session)."),
        ("schedule", "a schedule", "it must take no arguments."),
        ("endpoint", "an endpoint", "it must take (context)."),
        ("asgi", "an ASGI factory", "it must take no arguments."),
        ("workflow_start", "a workflow start handler", "it must take (session, input)."),
        ("workflow_action", "a workflow action handler", "it must take (session, input)."),
        ("workflow_message", "a workflow message handler", "it must take (session, message)."),
        ("home_suggestions", "a suggestions handler", "it must take (context) or nothing."),
    ],
)
def test_each_kind_says_what_it_must_take(kind: HandlerKind, title: str, wanted: str) -> None:
    def handle(a: Any, b: Any, c: Any) -> None: ...

    text = str(refusal(kind, handle))

    assert text.endswith(f"handle(a, b, c) cannot be {title}: {wanted}")


@pytest.mark.parametrize("kind", ["task", "data"])
def test_tasks_and_data_handlers_take_what_they_like(kind: HandlerKind) -> None:
    def handle(a: Any, b: Any, *, c: Any) -> None: ...

    assert make_handler(kind, handle).function is handle


def test_parameters_with_defaults_and_stars_are_fine() -> None:
    async def first(session: Any, msg: Any, tries: int = 3, *, loud: bool = False) -> None: ...
    async def second(*args: Any, **kwargs: Any) -> None: ...

    assert make_handler("message", first).name == "first"
    assert make_handler("message", second).name == "second"


def test_a_wrapper_is_judged_by_what_will_be_called() -> None:
    def with_database(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapper(session: Any, msg: Any) -> Any:
            return await function(session, msg, "database")

        return wrapper

    @with_database
    async def handle(session: Any, msg: Any, database: Any) -> None: ...

    handler = make_handler("message", handle)

    assert handler.line == line_of(inspect.unwrap(handle))


def test_a_wrapper_that_takes_anything_is_fine() -> None:
    def logged(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapper(*args: Any) -> Any:
            return await function(*args[:1])

        return wrapper

    @logged
    async def handle(session: Any) -> None: ...

    assert make_handler("message", handle).name == "handle"


def test_a_bound_method_shows_its_self() -> None:
    class Bot:
        async def handle(self, session: Any) -> None: ...

    text = str(refusal("message", Bot().handle, bound=True))

    assert "handle(self, session) cannot be a message handler" in text
    assert text.endswith("it must take (self, session, message).")


def test_a_partial_is_named_after_its_function() -> None:
    async def handle(database: Any, session: Any, msg: Any) -> None: ...

    handler = make_handler("message", functools.partial(handle, "database"))

    assert (handler.name, handler.line) == ("handle", line_of(handle))


def test_a_partial_with_the_wrong_arguments_is_refused() -> None:
    async def handle(database: Any, session: Any, msg: Any) -> None: ...

    error = refusal("message", functools.partial(handle))

    assert "handle(database, session, msg) cannot be a message handler" in str(error)


def test_a_callable_object_is_judged_by_its_call_method() -> None:
    class Greeter:
        async def __call__(self, session: Any, msg: Any) -> None: ...

    handler = make_handler("message", Greeter())

    assert (handler.name, handler.line) == ("Greeter", line_of(Greeter.__call__))
    assert "Greeter(session, msg) cannot be a boot hook" in str(refusal("boot", Greeter()))


def test_a_task_is_judged_by_its_function() -> None:
    def tidy(folder: Any) -> None: ...

    text = str(refusal("schedule", TaskDescriptor(tidy)))

    assert "tidy(folder) cannot be a schedule: it must take no arguments." in text


def test_a_builtin_without_a_signature_is_taken() -> None:
    assert can_take(dict.fromkeys, 2)
    assert make_handler("action", print).file == "<unknown>"


@pytest.mark.skipif("sys.version_info < (3, 14)", reason="annotations are lazy since 3.14")
def test_an_annotation_that_only_type_checkers_can_resolve_is_not_looked_up() -> None:
    namespace: dict[str, Any] = {}
    exec("async def handle(session: Missing, msg: Missing): ...", namespace)

    assert make_handler("message", namespace["handle"]).name == "handle"


def test_postponed_annotations_are_not_looked_up() -> None:
    async def handle(session: Missing, msg: Missing) -> None: ...

    assert make_handler("message", handle).name == "handle"


@pytest.mark.parametrize("kind", ["message", "task", "boot", "data"])
def test_an_async_generator_is_refused(kind: HandlerKind) -> None:
    async def handle(session: Any, msg: Any) -> AsyncIterator[str]:
        yield "hello"

    text = str(refusal(kind, handle))

    assert "it is an async generator (it contains yield), so calling it would run nothing" in text
    assert "Send each piece with `await session.reply(...)`" in text


def test_a_generator_is_refused() -> None:
    def handle(session: Any, msg: Any) -> Iterator[str]:
        yield "hello"

    text = str(refusal("message", handle))

    assert "it is a generator (it contains yield), so calling it would run nothing" in text


def test_a_generator_method_is_refused() -> None:
    class Bot:
        async def __call__(self, session: Any, msg: Any) -> AsyncIterator[str]:
            yield "hello"

    assert "it is an async generator" in str(refusal("message", Bot()))


def test_a_wrapper_may_turn_a_generator_into_replies() -> None:
    def replies(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapper(session: Any, msg: Any) -> None:
            async for text in function(session, msg):
                await session.reply(text)

        return wrapper

    @replies
    async def handle(session: Any, msg: Any) -> AsyncIterator[str]:
        yield "hello"

    assert make_handler("message", handle).name == "handle"


def test_an_async_asgi_factory_is_refused() -> None:
    async def site() -> None: ...

    text = str(refusal("asgi", site))

    assert "site() cannot be an ASGI factory: it must be a plain function" in text


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(DeclarationError, match="'hello' cannot be a message handler: it is not a"):
        check_callable("message", "hello")


def test_a_decorator_without_parentheses_is_refused_with_the_way_out() -> None:
    with pytest.raises(DeclarationError) as caught:
        require_parentheses("app.message", answer)

    where = place(__file__, line_of(answer))
    assert str(caught.value) == (
        f"{where}: @app.message needs parentheses: write @app.message(...) above answer."
    )
    assert caught.value.line == line_of(answer)


def test_a_file_is_named_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert place(str(tmp_path / "app.py"), 3) == "app.py:3"
    assert place("/elsewhere/app.py", 3) == "/elsewhere/app.py:3"


def test_code_without_a_source_file_has_the_line_of_its_code() -> None:
    namespace: dict[str, Any] = {}
    exec("\ndef boot(): ...", namespace)

    assert locate(namespace["boot"]) == ("<string>", 2)


def test_a_lambda_has_the_line_it_is_on() -> None:
    function = lambda: None  # noqa: E731

    assert locate(function) == (__file__, function.__code__.co_firstlineno)


def test_names_come_from_the_function_beneath_partials() -> None:
    assert name_of(functools.partial(functools.partial(answer))) == "answer"
