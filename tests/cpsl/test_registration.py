from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

import cpsl
from cpsl.exceptions import DeclarationError


def make_app() -> cpsl.App:
    return cpsl.App("notes", image=cpsl.Image())


@pytest.mark.parametrize("name", ["boot", "shutdown"])
def test_the_last_hook_without_a_session_wins(name: str) -> None:
    app = make_app()

    def first() -> None: ...
    def second() -> None: ...

    assert getattr(app, name)()(first) is first
    assert getattr(app, name)()(second) is second
    assert getattr(app.declarations(), name).function is second


@pytest.mark.parametrize("name", ["enter", "exit"])
def test_the_last_hook_with_a_session_wins(name: str) -> None:
    app = make_app()

    def first(session: Any) -> None: ...
    async def second(session: Any) -> None: ...

    assert getattr(app, name)()(first) is first
    assert getattr(app, name)()(second) is second
    assert getattr(app.declarations(), name).function is second


def test_messages_are_kept_by_chat() -> None:
    app = make_app()

    @app.message()
    async def handle(session: Any, msg: Any) -> None: ...

    @app.message("sales", label="Sales")
    async def sell(session: Any, msg: Any) -> None: ...

    messages = app.declarations().messages
    assert {chat: handler.name for chat, handler in messages.items()} == {
        None: "handle",
        "sales": "sell",
    }
    assert messages["sales"].options == {"label": "Sales"}


def test_the_last_message_handler_of_a_chat_wins() -> None:
    app = make_app()

    @app.message("")
    async def first(session: Any, msg: Any) -> None: ...

    @app.message()
    async def second(session: Any, msg: Any) -> None: ...

    assert [handler.name for handler in app.declarations().messages.values()] == ["second"]


def test_one_function_can_be_several_things() -> None:
    app = make_app()

    @app.message()
    @app.message("sales")
    @app.action("buy")
    async def handle(session: Any, msg: Any) -> None: ...

    declared = app.declarations()
    assert list(declared.messages) == ["sales", None]
    assert declared.actions["buy"].function is handle


def test_an_action_is_called_as_its_function_unless_named() -> None:
    app = make_app()

    @app.action()
    async def archive(session: Any, event: Any) -> None: ...

    @app.action("remove")
    async def delete_it(session: Any, event: Any) -> None: ...

    actions = app.declarations().actions
    assert list(actions) == ["archive", "remove"]
    assert actions["remove"].name == "delete_it"
    assert actions["archive"].options == {"action": "archive"}


def test_named_sessions_are_kept_by_name() -> None:
    app = make_app()

    @app.session("review")
    async def prepare(session: Any) -> None: ...

    assert app.declarations().named_sessions["review"].name == "prepare"


def test_a_named_session_needs_its_name() -> None:
    with pytest.raises(ValueError, match=r'needs a name, such as @app\.session\("review"\)'):
        make_app().session("")


def test_every_schedule_of_a_function_is_kept() -> None:
    app = make_app()

    @app.schedule("0 9 * * *")
    @app.schedule("0 18 * * *")
    async def remind() -> None: ...

    schedules = app.declarations().schedules
    assert [schedule.options["cron"] for schedule in schedules] == ["0 18 * * *", "0 9 * * *"]


def test_schedules_of_one_name_all_run_the_last_function() -> None:
    app = make_app()

    def declare(cron: str) -> Any:
        @app.schedule(cron)
        def remind() -> None: ...

        return remind

    declare("0 9 * * *")
    last = declare("0 18 * * *")

    schedules = app.declarations().schedules
    assert [schedule.options["cron"] for schedule in schedules] == ["0 9 * * *", "0 18 * * *"]
    assert [schedule.function for schedule in schedules] == [last, last]


def test_a_bad_cron_expression_is_refused_where_it_is_declared() -> None:
    with pytest.raises(DeclarationError, match="'every day' is not a cron expression"):
        make_app().schedule("every day")


def test_a_schedule_may_stand_on_a_task() -> None:
    app = make_app()

    @app.schedule("* * * * *")
    @app.task()
    async def tidy() -> None: ...

    declared = app.declarations()
    assert declared.schedules[0].function is tidy
    assert declared.schedules[0].name == "tidy"
    assert declared.tasks["tidy"].function is tidy


def test_endpoints_and_mounts_keep_their_routes() -> None:
    app = make_app()

    @app.endpoint("POST", "/hook/{id}", authorized=False)
    async def hook(ctx: Any) -> None: ...

    @app.asgi("/site")
    def site() -> None: ...

    declared = app.declarations()
    assert declared.endpoints[0].options == {
        "method": "POST",
        "path": "/hook/{id}",
        "authorized": False,
    }
    assert declared.asgi[0].options == {"path": "/site"}


def test_a_task_replaces_the_function_by_a_descriptor() -> None:
    app = make_app()

    @app.task(retries=2, lock="tidy")
    def tidy(folder: str) -> str:
        return folder

    handler = app.declarations().tasks["tidy"]
    assert isinstance(tidy, cpsl.TaskDescriptor)
    assert handler.function is tidy
    assert (handler.options["retries"], handler.options["functional"]) == (2, True)
    assert handler.line == tidy.function.__code__.co_firstlineno + 1


def test_the_last_task_of_a_name_wins() -> None:
    app = make_app()

    def declare() -> Any:
        @app.task()
        def tidy() -> None: ...

        return tidy

    declare()
    last = declare()

    assert app.declarations().tasks["tidy"].function is last


def test_a_generator_cannot_be_a_task() -> None:
    async def stream() -> AsyncIterator[str]:
        yield "hello"

    with pytest.raises(DeclarationError, match=r"stream\(\) cannot be a task: it is an async gen"):
        make_app().task()(stream)


def test_functions_are_found_on_the_app_by_their_names() -> None:
    app = make_app()
    untyped: Any = app

    @app.task()
    def tidy() -> None: ...

    @app.schedule("* * * * *")
    def tick() -> None: ...

    @app.endpoint()
    def page_of(ctx: Any) -> None: ...

    @app.asgi()
    def site() -> None: ...

    found = (untyped.tidy, untyped.tick, untyped.page_of, untyped.site)
    assert found == (tidy, tick, page_of, site)


def test_a_task_named_like_a_method_does_not_replace_it() -> None:
    app = make_app()

    @app.task()
    def theme() -> None: ...

    app.theme(preset="dark")

    assert app.declarations().tasks["theme"].function is theme


def test_what_is_not_there_is_an_attribute_error() -> None:
    app: Any = make_app()

    with pytest.raises(AttributeError, match="App has no attribute 'mesage', and no task"):
        app.mesage()


def test_data_sources_belong_to_one_app() -> None:
    first, second = make_app(), make_app()

    @first.data("notes", access="authenticated")
    def notes(tag: str = "") -> list[str]:
        return [tag]

    assert first.declarations().data["notes"].function is notes
    assert first.declarations().data["notes"].options == {
        "data": "notes",
        "access": "authenticated",
    }
    assert second.declarations().data == {}


def test_a_misspelt_access_is_refused() -> None:
    access: Any = "authentcated"

    with pytest.raises(ValueError, match="Access of data 'notes' must be one of authenticated, p"):
        make_app().data("notes", access=access)


def test_workflows_are_kept_with_their_handlers() -> None:
    app = make_app()
    flow = app.workflow("Report", scope="owner")

    @flow.start()
    async def start(session: Any, data: Any) -> None: ...

    flows = app.declarations().workflows
    assert flows["Report"].scope == "owner"
    assert [handler.name for handler in app.declarations().handlers] == ["start"]


def test_a_workflow_with_another_scope_is_refused() -> None:
    with pytest.raises(ValueError, match="Scope of workflow 'x' must be one of app, owner, user"):
        make_app().workflow("x", scope="session")


@pytest.mark.parametrize(
    "name", ["message", "action", "session", "schedule", "endpoint", "asgi", "task", "data"]
)
def test_a_decorator_without_parentheses_is_refused(name: str) -> None:
    def handle(session: Any, msg: Any) -> None: ...

    with pytest.raises(DeclarationError, match=f"@app.{name} needs parentheses"):
        getattr(make_app(), name)(handle)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("boot", ()),
        ("shutdown", ()),
        ("enter", ()),
        ("exit", ()),
        ("message", ()),
        ("action", ()),
        ("session", ("x",)),
        ("schedule", ("* * * * *",)),
        ("endpoint", ()),
        ("asgi", ()),
        ("task", ()),
        ("workflow", ("x",)),
    ],
)
def test_handlers_need_an_image(name: str, arguments: tuple[str, ...]) -> None:
    app = cpsl.App("shell")

    with pytest.raises(RuntimeError, match=f"@app.{name} requires an image: write cpsl.App"):
        getattr(app, name)(*arguments)


def test_handlers_are_not_for_an_app_with_a_class() -> None:
    app = cpsl.App("shell")

    @app.cls(image=cpsl.Image())
    class Bot: ...

    with pytest.raises(RuntimeError, match=r"@app\.message cannot be used with @app\.cls: mark a"):
        app.message()
    assert app.declarations().messages == {}
    assert Bot is not None
