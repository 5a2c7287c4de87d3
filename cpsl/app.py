"""`App`: collects and checks what an app declares. It runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from cpsl.channels import (
    ChannelLike,
    outside_channel_warnings,
)
from cpsl.class_app import ClassApp
from cpsl.collections import (
    CollectionManager,
    CollectionRef,
    DatabaseProxy,
    declare_collection,
)
from cpsl.columns import Column
from cpsl.constants import CollectionScope, PricingType, SettingScope
from cpsl.deployment import DeployOptions, deploy_options
from cpsl.exceptions import NotAvailable
from cpsl.filesystem import FileSystem
from cpsl.handlers import Declarations
from cpsl.image import Image
from cpsl.integration import (
    Integration,
    IntegrationConfig,
    check_integration,
    describe_integration,
)
from cpsl.pages import PageDecorators, PageRef, PageRegistry
from cpsl.registration import HandlerDecorators, HandlerRegistry
from cpsl.secret import Secret, missing_secret_warnings
from cpsl.settings import SettingDecl, SettingRegistry, SettingsAccessor
from cpsl.shell import ShellDecorators, ShellRegistry
from cpsl.tasks import GlobalTaskQuery

__all__ = ["App", "PageRef"]

T = TypeVar("T")

_OWNER = "__cpsl_app__"


class App(HandlerDecorators, PageDecorators, ShellDecorators):
    """A chat app: what it is called, how it is deployed, and the functions that make it up.

    With an `image` the app is functional: its handlers are functions, registered with
    `@app.message()` and its siblings. Without one it is a shell for a class: `@app.cls(image=...)`.

    Args:
        name: what the app is called.
        image: what it needs installed. Without it every other option is ignored.
        channels: where it is reached besides the chat.
        keep_warm_seconds: how long a deployed app waits for more before it stops.
        secrets: names of the environment variables it needs.
        filesystems: shared file systems by the absolute path they are mounted under.
        npm_packages: what its React pages import.
        cpu: processor cores of the deployed app.
        memory: its memory in MiB.
        gpu: its graphics processor.
        price: what it costs, in cents.
        pricing_type: whether it is paid once or each month.

    Raises:
        AttributeError: the image is no image, or a file system no file system.
        TypeError: a channel is no channel.
        ValueError: a mount path is not absolute.
    """

    def __init__(  # noqa: PLR0913 - the public API's parameters
        self,
        name: str,
        *,
        image: Image | None = None,
        channels: list[ChannelLike] | None = None,
        keep_warm_seconds: int = 0,
        secrets: list[str] | None = None,
        filesystems: dict[str, FileSystem] | None = None,
        npm_packages: list[str] | None = None,
        cpu: float = 0.25,
        memory: int = 512,
        gpu: str | None = None,
        price: int = 0,
        pricing_type: PricingType = "one_time",
    ) -> None:
        self.name = name
        self.settings = SettingsAccessor(self)
        self.db = DatabaseProxy(None, name)
        self.tasks = GlobalTaskQuery(None)
        self._collections: list[CollectionRef] = []
        self._scopes: dict[str, str] = {}
        self.collections = CollectionManager(None, name, collection_scopes=self._scopes)
        self._settings = SettingRegistry()
        self._integrations: list[IntegrationConfig] = []
        self._registry = HandlerRegistry()
        self._pages = PageRegistry()
        self._shell = ShellRegistry()
        self._class: ClassApp | None = None
        self._options: DeployOptions | None = None
        if image is None:
            return
        self._options = deploy_options(
            image=image,
            channels=channels,
            keep_warm_seconds=keep_warm_seconds,
            secrets=secrets,
            filesystems=filesystems,
            cpu=cpu,
            memory=memory,
            gpu=gpu,
            price=price,
            pricing_type=pricing_type,
        )
        self._pages.add_packages(npm_packages or [])

    def cls(  # noqa: PLR0913 - the public API's parameters
        self,
        *,
        image: Image,
        price: int = 0,
        pricing_type: PricingType = "one_time",
        channels: list[ChannelLike] | None = None,
        keep_warm_seconds: int = 0,
        secrets: list[str] | None = None,
        filesystems: dict[str, FileSystem] | None = None,
        cpu: float = 0.25,
        memory: int = 512,
        gpu: str | None = None,
    ) -> Callable[[type[T]], type[T]]:
        """Make a class the app: its methods, marked with `@cpsl.message()` …, are the handlers.

        The class is instantiated once, without arguments. The options are those of `App`.

        Raises:
            RuntimeError: the app has an image, so its handlers are functions.
            DeclarationError: a marked method, or the constructor, takes the wrong arguments.
        """
        if self._options is not None and self._class is None:
            raise RuntimeError(
                f"@app.cls cannot be used on app {self.name!r}, which has an image and so is "
                f"made of functions: give the image to @app.cls(image=...) only."
            )
        options = deploy_options(
            image=image,
            channels=channels,
            keep_warm_seconds=keep_warm_seconds,
            secrets=secrets,
            filesystems=filesystems,
            cpu=cpu,
            memory=memory,
            gpu=gpu,
            price=price,
            pricing_type=pricing_type,
        )

        def decorate(cls: type[T]) -> type[T]:
            self._class = ClassApp(cls)
            self._options = options
            setattr(cls, _OWNER, self)
            return cls

        return decorate

    def collection(
        self,
        name: str,
        *,
        columns: list[str | Column] | None = None,
        scope: CollectionScope = "app",
        sortable: bool = False,
        filterable: bool = False,
        paginate: int = 0,
    ) -> CollectionRef:
        """Declare a collection and return a reference to it.

        Args:
            name: what it is called.
            columns: what a table shows of it: keys, or `Column`s.
            scope: who shares its rows.
            sortable: let a table sort it.
            filterable: let a table filter it.
            paginate: rows on a page of a table; 0 is all.

        Raises:
            ValueError: the scope is not app, user, owner or session.
        """
        reference = declare_collection(
            name,
            columns=columns,
            scope=scope,
            sortable=sortable,
            filterable=filterable,
            paginate=paginate,
        )
        self._collections.append(reference)
        self._scopes[name] = scope
        return reference

    def setting(
        self,
        name: str,
        *,
        scope: SettingScope = "app",
        type: type = str,  # noqa: A002 - the public API's name
        default: Any = None,
        options: list[str] | None = None,
        label: str | None = None,
    ) -> None:
        """Declare a setting, to be read with `await app.settings.get(name)`.

        Raises:
            ValueError: the scope or the type is none, or the name is taken.
        """
        choices = None if options is None else tuple(options)
        self._settings.add(SettingDecl(name, scope, type, default, choices, label))

    def add_integration(
        self,
        integration_type: str | Integration | IntegrationConfig,
        *,
        client_id: str | Secret = "",
        client_secret: str | Secret = "",
        scopes: list[str] | None = None,
        fields: list[str] | None = None,
    ) -> None:
        """Declare a service that users can connect.

        Args:
            integration_type: its name, or a whole declaration such as `cpsl.AWS()`.
            client_id: of the OAuth client.
            client_secret: of the OAuth client.
            scopes: what to ask the user for.
            fields: what the user types in, for a service that is connected with keys.

        Raises:
            ValueError: options are missing, or do not go together.
        """
        if not isinstance(integration_type, IntegrationConfig):
            config = IntegrationConfig(
                integration_type, client_id, client_secret, list(scopes or []), fields
            )
        elif client_id or client_secret or scopes or fields:
            raise ValueError(
                f"add_integration() takes {integration_type.type!r} as a whole declaration: "
                f"put the other options into it."
            )
        else:
            config = integration_type
        self._integrations.append(check_integration(config))

    def add_npm_packages(self, *packages: str) -> None:
        """Add packages that every React page of the app can import."""
        self._pages.add_packages(packages)

    async def get(self, key: str, default: Any = None) -> Any:
        """Return an app-wide value, or `default`.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.get()")

    async def set(self, key: str, value: Any) -> None:
        """Store an app-wide value.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.set()")

    async def delete(self, key: str) -> None:
        """Remove an app-wide value.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.delete()")

    def declarations(self) -> Declarations:
        """Return all that the app declares, as it stands now.

        The class of a class-based app is instantiated here, the first time.

        Raises:
            RuntimeError: two methods of the class answer the messages of one chat.
        """
        registry = self._registry
        if self._class is not None:
            self._give_services(self._class.instance())
            registry = self._class.registry()
        options = self._options
        secrets = [] if options is None else options.secrets
        channels = [] if options is None else options.channels
        return Declarations(
            name=self.name,
            boot=registry.hooks.get("boot"),
            shutdown=registry.hooks.get("shutdown"),
            enter=registry.hooks.get("enter"),
            exit=registry.hooks.get("exit"),
            messages=dict(registry.messages),
            actions=dict(registry.actions),
            named_sessions=dict(registry.named_sessions),
            schedules=list(registry.schedules),
            endpoints=list(registry.endpoints.values()),
            asgi=list(registry.asgi.values()),
            tasks=dict(registry.tasks),
            # Data sources and workflows are declared on the app in both styles.
            data=dict(self._registry.data),
            workflows={name: flow.handlers() for name, flow in self._registry.workflows.items()},
            home_suggestions=self._shell.suggestions_handler,
            collections=[reference.declaration.to_dict() for reference in self._collections],
            settings=self._settings.to_dicts(),
            integrations=[describe_integration(config) for config in self._integrations],
            secrets=list(secrets),
            python_packages=[] if options is None else list(options.image.python_packages),
            warnings=[*missing_secret_warnings(secrets), *outside_channel_warnings(channels)],
        )

    def _require_functional(self, decorator: str) -> None:
        if self._class is not None:
            raise RuntimeError(
                f"@app.{decorator} cannot be used with @app.cls: "
                f"mark a method of the class with @cpsl.{decorator} instead."
            )
        if self._options is None:
            raise RuntimeError(
                f"@app.{decorator} requires an image: "
                f"write cpsl.App({self.name!r}, image=cpsl.Image())."
            )

    def _give_services(self, instance: object) -> None:
        for name in ("db", "collections", "tasks"):
            # A class may have slots, or a property of that name.
            with suppress(AttributeError):
                setattr(instance, name, getattr(self, name))

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return the task, schedule, endpoint or ASGI factory called `name`."""
            registry = self.__dict__.get("_registry")
            handler = None if registry is None else registry.find(name)
            if handler is None:
                raise AttributeError(
                    f"App has no attribute {name!r}, and no task, schedule or endpoint either."
                )
            return handler.function


def app_of(symbol: object) -> App | None:
    """Return the app that an entry point names: itself, or the app that a class makes up."""
    if isinstance(symbol, App):
        return symbol
    owner = symbol.__dict__.get(_OWNER) if isinstance(symbol, type) else None
    return owner if isinstance(owner, App) else None
