from __future__ import annotations

import abc
from typing import Any

import pytest

import cpsl
from cpsl.exceptions import DeclarationError


def make_app() -> cpsl.App:
    return cpsl.App("bot")


class Everything:
    @cpsl.boot()
    def begin(self) -> None: ...

    @cpsl.shutdown()
    def end(self) -> None: ...

    @cpsl.enter()
    def hello(self, session: Any) -> None: ...

    @cpsl.exit()
    def bye(self, session: Any) -> None: ...

    @cpsl.message()
    def handle(self, session: Any, msg: Any) -> None: ...

    @cpsl.message("sales", label="Sales")
    def sell(self, session: Any, msg: Any) -> None: ...

    @cpsl.action()
    def click(self, session: Any, event: Any) -> None: ...

    @cpsl.action("press")
    def push(self, session: Any, event: Any) -> None: ...

    @cpsl.schedule("0 9 * * *")
    def morning(self) -> None: ...

    @cpsl.endpoint("POST", "/hook")
    def hook(self, ctx: Any) -> None: ...

    @cpsl.asgi("/site")
    def site(self) -> None: ...

    @cpsl.task(retries=2)
    def tidy(self, folder: str) -> None: ...


async def test_methods_are_bound_to_one_instance() -> None:
    app = make_app()
    made = []

    @app.cls(image=cpsl.Image())
    class Bot:
        def __init__(self) -> None:
            made.append(self)

        @cpsl.boot()
        def prepare(self) -> Any:
            return self

        @cpsl.message()
        async def handle(self, session: Any, msg: Any) -> Any:
            return self

    declared = app.declarations()
    again = app.declarations()

    assert len(made) == 1
    assert declared.boot is not None
    assert declared.boot.function() is made[0]
    assert await declared.messages[None].function(None, None) is made[0]
    assert again.boot is not None
    assert again.boot.function() is made[0]
    assert isinstance(made[0], Bot)


def test_every_kind_of_mark_is_found() -> None:
    app = make_app()
    app.cls(image=cpsl.Image(python_packages=["pandas"]), secrets=["PATH"])(Everything)

    declared = app.declarations()

    hooks = [declared.boot, declared.shutdown, declared.enter, declared.exit]
    assert [hook and hook.name for hook in hooks] == ["begin", "end", "hello", "bye"]
    assert {chat: handler.name for chat, handler in declared.messages.items()} == {
        None: "handle",
        "sales": "sell",
    }
    assert {name: handler.name for name, handler in declared.actions.items()} == {
        "click": "click",
        "press": "push",
    }
    assert declared.schedules[0].options == {"cron": "0 9 * * *"}
    assert declared.endpoints[0].options["path"] == "/hook"
    assert declared.asgi[0].options == {"path": "/site"}
    assert declared.tasks["tidy"].options["retries"] == 2
    assert declared.python_packages == ["pandas"]
    assert declared.secrets == ["PATH"]


def test_the_alphabetically_first_hook_runs() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        @cpsl.boot()
        def zebra(self) -> None: ...
        @cpsl.boot()
        def ape(self) -> None: ...

    boot = app.declarations().boot
    assert boot is not None
    assert boot.name == "ape"
    assert Bot is not None


def test_two_handlers_of_one_chat_are_refused_when_the_app_boots() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        @cpsl.message("sales")
        def first(self, session: Any, msg: Any) -> None: ...
        @cpsl.message("sales")
        def second(self, session: Any, msg: Any) -> None: ...

    with pytest.raises(RuntimeError) as caught:
        app.declarations()

    text = str(caught.value)
    assert text.startswith("Duplicate @cpsl.message handler for chat 'sales': first at ")
    assert "test_class_app.py:" in text
    assert "and second at" in text
    assert text.endswith("Remove one, or name a chat.")
    assert Bot is not None


def test_two_default_handlers_are_refused() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        @cpsl.message()
        def first(self, session: Any, msg: Any) -> None: ...
        @cpsl.message()
        def second(self, session: Any, msg: Any) -> None: ...

    with pytest.raises(RuntimeError, match=r"Duplicate @cpsl\.message handler for the default"):
        app.declarations()
    assert Bot is not None


def test_a_method_with_the_wrong_arguments_is_refused_where_the_class_is_declared() -> None:
    app = make_app()

    with pytest.raises(DeclarationError) as caught:

        @app.cls(image=cpsl.Image())
        class Bot:
            @cpsl.message()
            def handle(self, session: Any) -> None: ...

    assert "handle(self, session) cannot be a message handler: " in str(caught.value)
    assert str(caught.value).endswith("it must take (self, session, message).")
    assert caught.value.file == __file__
    assert caught.value.line is not None


def test_a_boot_method_takes_only_self() -> None:
    app = make_app()

    with pytest.raises(DeclarationError, match=r"it must take \(self\)\.$"):

        @app.cls(image=cpsl.Image())
        class Bot:
            @cpsl.boot()
            def begin(self, session: Any) -> None: ...


def test_a_static_method_takes_no_self() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        @staticmethod
        @cpsl.message()
        def handle(session: Any, msg: Any) -> str:
            return f"{session} {msg}"

        @cpsl.boot()
        @classmethod
        def begin(cls) -> str:
            return cls.__name__

    declared = app.declarations()
    assert declared.boot is not None
    assert declared.messages[None].function("a", "b") == "a b"
    assert declared.boot.function() == "Bot"
    assert Bot is not None


def test_inherited_methods_count() -> None:
    app = make_app()

    class Base(abc.ABC):
        @cpsl.message()
        def handle(self, session: Any, msg: Any) -> str:
            return self.name()

        @abc.abstractmethod
        def name(self) -> str: ...

    @app.cls(image=cpsl.Image())
    class Bot(Base):
        def name(self) -> str:
            return "bot"

    assert app.declarations().messages[None].function(None, None) == "bot"
    assert Bot is not None


def test_a_constructor_with_arguments_is_refused_where_the_class_is_declared() -> None:
    app = make_app()

    with pytest.raises(DeclarationError) as caught:

        @app.cls(image=cpsl.Image())
        class Bot:
            def __init__(self, name: str) -> None: ...

    assert "Bot cannot be the class of an app: its constructor takes arg" in str(caught.value)
    assert caught.value.line is not None


async def test_the_instance_gets_the_services_of_the_app() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        db: Any
        collections: Any
        tasks: Any

        @cpsl.boot()
        def begin(self) -> Any:
            return self

    boot = app.declarations().boot
    assert boot is not None
    bot = boot.function()

    assert isinstance(bot, Bot)
    with pytest.raises(cpsl.NotAvailable):
        await bot.db.notes.find()
    with pytest.raises(cpsl.NotAvailable):
        await bot.tasks.find()
    assert await bot.collections.get("notes", scope="app")


def test_a_class_with_slots_does_without_services() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        __slots__ = ()

        @cpsl.boot()
        def begin(self) -> None: ...

    assert app.declarations().boot is not None
    assert Bot is not None


async def test_a_task_method_runs_inline_with_its_instance() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        @cpsl.task()
        async def tidy(self, folder: str) -> str:
            return f"{type(self).__name__} {folder}"

    assert await app.declarations().tasks["tidy"].function("a") == "Bot a"
    assert Bot is not None


async def test_a_schedule_on_a_task_method_runs_the_task() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        @cpsl.schedule("* * * * *")
        @cpsl.task()
        def tidy(self) -> str:
            return "tidied"

    declared = app.declarations()
    assert await declared.schedules[0].function() == "tidied"
    assert declared.schedules[0].options == {"cron": "* * * * *"}
    assert Bot is not None


def test_an_exception_of_the_constructor_is_raised_when_the_app_boots() -> None:
    app = make_app()

    @app.cls(image=cpsl.Image())
    class Bot:
        def __init__(self) -> None:
            raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"):
        app.declarations()
    assert Bot is not None
