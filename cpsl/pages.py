"""Pages that an app adds beside its chat: their routes, their order, what they show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from cpsl.constants import (
    PAGE_TYPE_DSL,
    PAGE_TYPE_REACT,
    VALID_ACCESS_LEVELS,
    AccessLevel,
    require_one_of,
)
from cpsl.rendering import render
from cpsl.signatures import require_parentheses

_RESERVED = frozenset(
    (
        "api",
        "chat",
        "connections",
        "docs",
        "home",
        "integrations",
        "logs",
        "org",
        "team",
        "workflow",
    )
)
_NOT_IN_A_ROUTE = re.compile(r"[\W_]+")

PageFunction = Callable[..., Any]


class PageRef:
    """A page of an app, to link to. It is also the decorator of the page's function."""

    def __init__(
        self,
        name: str,
        route: str,
        decorator: Callable[[PageFunction], PageFunction] | None = None,
    ) -> None:
        self.name = name
        self.route = route
        self.path = f"/{route}"
        self.href = f"#/{route}"
        self._decorator = decorator

    def __call__(self, fn: PageFunction) -> PageFunction:
        """Run the function of the page now, and return it.

        Raises:
            TypeError: the page is a component, or the function returns no widget.
        """
        if self._decorator is None:
            raise TypeError(f"Page {self.name!r} has a component: it takes no function.")
        return self._decorator(fn)

    def __str__(self) -> str:
        return self.href


class PageRegistry:
    """The pages of one app, each with a route of its own, and the packages they share."""

    def __init__(self) -> None:
        self._pages: list[dict[str, Any]] = []
        self._packages: list[str] = []
        self._routes: set[str] = set()
        self._last_order = -1

    def take_route(self, name: str, route: str | None) -> str:
        """Return the route of a page, which is then taken.

        Raises:
            ValueError: it is empty, reserved, or taken already.
        """
        slug = slugify(name if route is None else route)
        if not slug:
            raise ValueError(f"Page {name!r} has no route: give it letters, or a route=.")
        if slug in _RESERVED and route is not None:
            raise ValueError(f"Route {slug!r} of page {name!r} is reserved. Choose another.")
        if slug in _RESERVED:
            slug = f"{slug}-page"
        if slug in self._routes:
            raise ValueError(f"Route {slug!r} of page {name!r} is taken. Give it another route=.")
        self._routes.add(slug)
        return slug

    def take_order(self, order: int | None) -> int:
        """Return the place of a page: the one given, or after the last so far."""
        chosen = self._last_order + 1 if order is None else order
        self._last_order = max(self._last_order, chosen)
        return chosen

    def add(self, page: dict[str, Any]) -> None:
        """Add a page."""
        self._pages.append(page)

    def add_packages(self, packages: Iterable[str]) -> None:
        """Add packages that every React page can import, each once."""
        self._packages = list(dict.fromkeys([*self._packages, *packages]))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return every page as JSON; React pages with the packages of the app before their own."""
        return [
            page
            if page["type"] == PAGE_TYPE_DSL
            else page | {"packages": list(dict.fromkeys([*self._packages, *page["packages"]]))}
            for page in self._pages
        ]


class PageDecorators:
    """The part of `App` that adds pages."""

    _pages: PageRegistry

    def page(
        self,
        name: str,
        *,
        icon: str = "file",
        order: int | None = None,
        access: AccessLevel = "public",
        route: str | None = None,
    ) -> PageRef:
        """Add a page of widgets: the function below runs now and returns a `cpsl.ui.Page`.

        Args:
            name: what the sidebar shows.
            icon: the picture beside it.
            order: its place among the pages; after the last if not given.
            access: who may see it.
            route: its address; made from the name if not given.

        Raises:
            ValueError: the route is empty, reserved or taken, or the access is none.
            TypeError: the function is async, or returns something that is not a widget.
        """
        require_parentheses("app.page", name)
        page = self._new_page(name, icon, order, access, route)

        def decorate(function: PageFunction) -> PageFunction:
            tree = render(function, f"Page {name!r}")
            self._pages.add(page | {"type": PAGE_TYPE_DSL, "widget_tree": tree})
            return function

        return PageRef(name, page["route"], decorate)

    def add_page(  # noqa: PLR0913 - the public API's parameters
        self,
        name: str,
        *,
        icon: str = "file",
        component: str,
        packages: list[str] | None = None,
        order: int | None = None,
        access: AccessLevel = "public",
        route: str | None = None,
        hidden: bool = False,
    ) -> PageRef:
        """Add a page that is a React component.

        Args:
            name: what the sidebar shows.
            icon: the picture beside it.
            component: the path of its TSX file.
            packages: what it imports besides the app's packages.
            order: its place among the pages; after the last if not given.
            access: who may see it.
            route: its address; made from the name if not given.
            hidden: leave it out of the sidebar.

        Raises:
            ValueError: the route is empty, reserved or taken, or the access is none.
        """
        page = self._new_page(name, icon, order, access, route)
        page |= {
            "type": PAGE_TYPE_REACT,
            "component": component,
            "packages": list(packages or []),
        }
        if hidden:
            page["hidden"] = True
        self._pages.add(page)
        return PageRef(name, page["route"])

    def _new_page(
        self, name: str, icon: str, order: int | None, access: AccessLevel, route: str | None
    ) -> dict[str, Any]:
        require_one_of(access, VALID_ACCESS_LEVELS, f"Access of page {name!r}")
        return {
            "name": name,
            "icon": icon,
            "route": self._pages.take_route(name, route),
            "order": self._pages.take_order(order),
            "access": access,
        }


def slugify(text: str) -> str:
    """Return `text` as a route: lower case, words joined by hyphens, slashes kept."""
    parts = (_NOT_IN_A_ROUTE.sub("-", part.lower()).strip("-") for part in text.split("/"))
    return "/".join(part for part in parts if part)
