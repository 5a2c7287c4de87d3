"""The table of routes: what a request is for. It also makes the OpenAPI document.

aiohttp's own router is not used: it answers some requests (`Expect`, for one) before anything
else is asked, and here every request must first pass the guard.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from cpsl.records import JsonObject
from cpsl_dev.debug.problems import Problem

if TYPE_CHECKING:
    from cpsl_dev.debug.connection import Connection
    from cpsl_dev.debug.streams import Streams
    from cpsl_dev.server import DevServer

JSON = ("application/json",)
_MOST_PARAMETERS = 50
_NUMBER = re.compile(r"[0-9]{1,19}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter, for the description."""

    name: str
    schema: JsonObject
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path.

    Args:
        path: The path, with `{name}` for a part that varies.
        body: JSON schema of the body; None if there is none to read.
        answers: What comes back: status, and the name of its schema or None for no body.
        problems: Names of the problems that are this route's own.
        streams: True if `Accept: text/event-stream` gets events.
        is_public: True if it is answered without a token.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    answers: Mapping[int, str | None]
    body: JsonObject | None = None
    media_types: tuple[str, ...] = JSON
    query: tuple[Parameter, ...] = ()
    problems: tuple[str, ...] = ()
    streams: bool = False
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that has passed the guard: what it asks for, and whom to ask for it."""

    request: web.BaseRequest
    connection: Connection
    route: Route
    server: DevServer
    streams: Streams
    max_body_bytes: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    openapi: Callable[[], JsonObject] = dict

    def query_value(self, name: str) -> str | None:
        """Return the last value of a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def query_values(self, name: str) -> list[str]:
        """Return every value of a query parameter that may repeat."""
        return [value for key, value in self.query if key == name]

    def query_number(
        self, name: str, default: int | None, *, most: int, least: int = 1
    ) -> int | None:
        """Return a query parameter that is a whole number from `least` to `most`.

        Raises:
            Problem: it is no such number.
        """
        text = self.query_value(name)
        if text is None:
            return default
        if not (_NUMBER.match(text) and least <= int(text) <= most):
            raise Problem("invalid-query", f"{name} must be a whole number from {least} to {most}.")
        return int(text)

    def wants_events(self) -> bool:
        """Tell whether the client asked for server-sent events."""
        if not self.route.streams or self.request.method == "HEAD":
            return False
        ranges = ",".join(self.request.headers.getall("Accept", [])).split(",")
        return any(_is_event_stream(item) for item in ranges)

    def prefers(self, preference: str) -> bool:
        """Tell whether a `Prefer` header names the preference."""
        values = ",".join(self.request.headers.getall("Prefer", [])).replace(";", ",").split(",")
        return any(value.strip().lower() == preference for value in values)


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a method and a path lead to. `route` is None if it is nothing."""

    route: Route | None
    parameters: Mapping[str, str]
    allowed: tuple[str, ...]

    @property
    def media_types(self) -> tuple[str, ...]:
        """The types that a body may have here."""
        return self.route.media_types if self.route else JSON


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._paths: dict[str, list[Route]] = {}
        for route in routes:
            self._paths.setdefault(route.path, []).append(route)

    def find(self, method: str, raw_path: str) -> Match:
        """Return what `method` on a path, as it came over the wire, leads to."""
        for template, routes in self._paths.items():
            parameters = _match(template, raw_path)
            if parameters is None:
                continue
            wanted = "GET" if method == "HEAD" else method
            route = next((route for route in routes if route.method == wanted), None)
            return Match(route=route, parameters=parameters, allowed=_allowed(routes))
        return Match(route=None, parameters={}, allowed=())


def parse_query(text: str) -> list[tuple[str, str]]:
    """Take a query string apart.

    Raises:
        Problem: it is not UTF-8, or has far too many parts.
    """
    try:
        return parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:
        raise Problem("invalid-query", "The query of the URL cannot be read.") from error


def _match(template: str, raw_path: str) -> dict[str, str] | None:
    wanted, found = template.split("/"), raw_path.split("/")
    if len(wanted) != len(found):
        return None
    parameters: dict[str, str] = {}
    for part, text in zip(wanted, found, strict=True):
        if not part.startswith("{"):
            if part != text:
                return None
            continue
        try:
            value = unquote(text, errors="strict")
        except UnicodeDecodeError:
            return None
        if not value:
            return None
        parameters[part[1:-1]] = value
    return parameters


def _allowed(routes: Sequence[Route]) -> tuple[str, ...]:
    methods = {route.method for route in routes}
    return tuple(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _is_event_stream(media_range: str) -> bool:
    name, *parameters = (part.strip().lower() for part in media_range.split(";"))
    return name == "text/event-stream" and not any(_is_zero(item) for item in parameters)


def _is_zero(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0").rstrip(".") in ("", "0")
