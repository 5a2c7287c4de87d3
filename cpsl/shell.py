"""What surrounds an app's pages: the shell, the home and chat pages, onboarding, the theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from cpsl.constants import (
    PAGE_TYPE_DSL,
    PAGE_TYPE_REACT,
    VALID_ACCESS_LEVELS,
    VALID_SCOPES,
    AccessLevel,
    require_one_of,
)
from cpsl.handlers import Handler
from cpsl.rendering import render
from cpsl.signatures import make_handler

if TYPE_CHECKING:
    from cpsl.home import HomeConfig
    from cpsl.suggestions import Suggestion
    from cpsl.theme import PresetName, Radius, Theme

F = TypeVar("F", bound=Callable[..., Any])
PageFunction = Callable[..., Any]

_HOMES = frozenset(("default", "hidden", "chat"))
_CHAT_MODES = frozenset(("multi", "single"))


class ShellRegistry:
    """What one app declares around its pages."""

    def __init__(self) -> None:
        self.shell: dict[str, Any] | None = None
        self.home: HomeConfig | None = None
        self.chat_page: dict[str, Any] | None = None
        self.onboarding: dict[str, Any] | None = None
        self.theme: Theme | None = None
        self.suggestions_handler: Handler | None = None

    def change_home(self, **changes: Any) -> None:
        """Change what is declared of the home page."""
        from cpsl.home import HomeConfig  # noqa: PLC0415 - most apps have no home page

        self.home = replace(self.home or HomeConfig(), **changes)

    def set_onboarding(self, onboarding: dict[str, Any], redirect: str | None) -> None:
        """Set the page that new users see first.

        Raises:
            ValueError: there is one already.
        """
        if self.onboarding is not None:
            raise ValueError("An app has one onboarding page, and this one has it already.")
        self.onboarding = onboarding if redirect is None else onboarding | {"redirect": redirect}

    def to_dict(self) -> dict[str, Any]:
        """Return what is declared as JSON; what is not is left out."""
        parts: dict[str, Any] = {
            "shell": self.shell,
            "home": self.home and self.home.to_dict(),
            "chat": self.chat_page,
            "onboarding": self.onboarding,
            "theme": self.theme and self.theme.to_dict(),
        }
        return {key: value for key, value in parts.items() if value is not None}


class ShellDecorators:
    """The part of `App` that declares what surrounds its pages."""

    _shell: ShellRegistry

    def shell(
        self,
        *,
        home: str = "default",
        show_sidebar: bool = True,
        show_header: bool = True,
        show_pages: bool = True,
        show_chats: bool = True,
        default_page: Any | None = None,
    ) -> None:
        """Choose what surrounds the pages, and which of them opens first.

        Raises:
            ValueError: `home` is not default, hidden or chat, or `default_page` is empty.
        """
        require_one_of(home, _HOMES, "home of the shell")
        shell: dict[str, Any] = {
            "home": home,
            "show_sidebar": show_sidebar,
            "show_header": show_header,
            "show_pages": show_pages,
            "show_chats": show_chats,
        }
        if default_page is not None:
            shell["default_page"] = _route_of(default_page)
        self._shell.shell = shell

    def chat_page(
        self,
        *,
        mode: str = "multi",
        scope: str = "owner",
        thread_key: str = "chat_page:default",
        sidebar_label: str = "Chat",
    ) -> Callable[[PageFunction], PageFunction]:
        """Lay out the chat page: the function runs now; its widgets hold one `ChatPanel`.

        Args:
            mode: several conversations, or a single one.
            scope: who shares them.
            thread_key: what they are kept under.
            sidebar_label: what the sidebar shows.

        Raises:
            ValueError: an option is none, or there is not exactly one `ChatPanel`.
            TypeError: the function is async, or returns something that is not a widget.
        """
        require_one_of(mode, _CHAT_MODES, "mode of the chat page")
        require_one_of(scope, VALID_SCOPES, "scope of the chat page")
        if not thread_key:
            raise ValueError("thread_key of the chat page must not be empty.")
        if not sidebar_label.strip():
            raise ValueError("sidebar_label of the chat page must not be blank.")

        def decorate(function: PageFunction) -> PageFunction:
            tree = render(function, "The chat page")
            if (panels := _count_chat_panels(tree)) != 1:
                raise ValueError(f"The chat page must have one cpsl.ui.ChatPanel, not {panels}.")
            self._shell.chat_page = {
                "mode": mode,
                "scope": scope,
                "thread_key": thread_key,
                "sidebar_label": sidebar_label,
                "widget_tree": tree,
            }
            return function

        return decorate

    def home(
        self,
        *,
        title: str | None = None,
        subtitle: str | None = None,
        suggestions: list[Suggestion] | tuple[Suggestion, ...] | None = None,
        access: AccessLevel = "public",
    ) -> None:
        """Choose what the home page says.

        Raises:
            ValueError: the access is neither public nor authenticated.
        """
        require_one_of(access, VALID_ACCESS_LEVELS, "Access of the home page")
        self._shell.change_home(
            title=title, subtitle=subtitle, suggestions=tuple(suggestions or ()), access=access
        )

    def home_body(
        self, *, access: AccessLevel = "public"
    ) -> Callable[[PageFunction], PageFunction]:
        """Lay out the home page: the function runs now and returns widgets.

        Raises:
            ValueError: the access is neither public nor authenticated.
            TypeError: the function is async, or returns something that is not a widget.
        """
        require_one_of(access, VALID_ACCESS_LEVELS, "Access of the home page")

        def decorate(function: PageFunction) -> PageFunction:
            self._shell.change_home(widget_tree=render(function, "The home page"), access=access)
            return function

        return decorate

    def home_suggestions(self, *, ttl: int = 0, access: AccessLevel = "public") -> Callable[[F], F]:
        """Register what suggests something to whoever looks at the home page.

        Args:
            ttl: seconds for which the answer is kept for the same user.
            access: who gets suggestions.

        Raises:
            ValueError: `ttl` is below 0, or the access is neither public nor authenticated.
        """
        require_one_of(access, VALID_ACCESS_LEVELS, "Access of home suggestions")
        if ttl < 0:
            raise ValueError(f"ttl of home suggestions must not be below 0, as {ttl!r} is.")

        def decorate(function: F) -> F:
            self._shell.suggestions_handler = make_handler(
                "home_suggestions", function, ttl=ttl, access=access
            )
            self._shell.change_home(
                dynamic_suggestions=True,
                dynamic_suggestions_access=access,
                dynamic_suggestions_ttl=ttl,
            )
            return function

        return decorate

    def add_onboarding(
        self, *, component: str, packages: list[str] | None = None, redirect: str | None = None
    ) -> None:
        """Show new users a React component first.

        Raises:
            ValueError: the app has an onboarding page already.
        """
        page = {"type": PAGE_TYPE_REACT, "component": component, "packages": list(packages or [])}
        self._shell.set_onboarding(page, redirect)

    def onboarding(self, *, redirect: str | None = None) -> Callable[[PageFunction], PageFunction]:
        """Show new users widgets first: the function runs now and returns them.

        Raises:
            ValueError: the app has an onboarding page already.
            TypeError: the function is async, or returns something that is not a widget.
        """

        def decorate(function: PageFunction) -> PageFunction:
            tree = render(function, "The onboarding page")
            self._shell.set_onboarding({"type": PAGE_TYPE_DSL, "widget_tree": tree}, redirect)
            return function

        return decorate

    def theme(  # noqa: PLR0913 - the public API's parameters
        self,
        *,
        preset: PresetName | None = None,
        logo: str | None = None,
        logo_background: str | None = None,
        tagline: str | None = None,
        title: str | None = None,
        description: str | None = None,
        site_name: str | None = None,
        preview_image: str | None = None,
        favicon: str | None = None,
        primary: str | None = None,
        accent: str | None = None,
        background: str | None = None,
        foreground: str | None = None,
        sidebar: str | None = None,
        surface: str | None = None,
        border: str | None = None,
        muted: str | None = None,
        danger: str | None = None,
        success: str | None = None,
        font_sans: str | None = None,
        font_mono: str | None = None,
        radius: Radius | None = None,
    ) -> None:
        """Choose names, pictures, colours and fonts; this replaces an earlier theme.

        Args:
            preset: a palette that the others are laid over: dark, light, midnight or warm.
            logo: the path or URL of a picture. A local one above 512 KiB is left out.

        Raises:
            ValueError: there is no such preset.
        """
        given = {key: value for key, value in locals().items() if key != "self"}
        from cpsl.theme import inline_images, resolve_theme  # noqa: PLC0415 - few apps have one

        self._shell.theme = inline_images(resolve_theme(given.pop("preset"), **given))


def _route_of(page: Any) -> str:
    route = str(getattr(page, "route", page))
    if not route.strip():
        raise ValueError("default_page of the shell must not be empty.")
    return route


def _count_chat_panels(tree: dict[str, Any]) -> int:
    own = 1 if tree.get("type") == "chat_panel" else 0
    return own + sum(_count_chat_panels(child) for child in tree.get("children", []))
