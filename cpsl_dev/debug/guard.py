"""Who may come in: asked of every request, before it is known whether it leads anywhere.

A web page can send requests to this machine, also under a name of its own that points here. So
the `Host` and `Origin` headers are checked first, then the token, then the type of the body.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from aiohttp import web

from cpsl_dev.debug.binding import Address
from cpsl_dev.debug.problems import Problem
from cpsl_dev.debug.routing import Match

_CORS_HEADERS = "Authorization, Content-Type, If-Match, Last-Event-ID, Prefer"
_EXPOSED_HEADERS = "Accept-Patch, ETag, Location, Retry-After"
_MANY_SECONDS = "600"


class Guard:
    """Lets a request through, or raises the problem that it is answered with.

    Args:
        token: What a client must show; None to let everyone in who reaches this machine.
        hosts: The exact `Host` headers that are answered.
        origins: The origins whose pages may call; usually none.
    """

    def __init__(
        self, *, token: str | None, hosts: Iterable[str], origins: Iterable[str] = ()
    ) -> None:
        self._token = None if token is None else token.encode()
        self._hosts = frozenset(hosts)
        self._origins = frozenset(origins)

    def check(self, request: web.BaseRequest, match: Match) -> dict[str, str]:
        """Let `request` through; return the headers that its answer must have.

        Raises:
            Problem: it may not come in.
        """
        self._check_host(request)
        headers = self._check_origin(request)
        if headers and _is_preflight(request):
            return {**headers, **_preflight_headers(request, match.allowed)}
        if match.route is None or not match.route.is_public:
            self._check_token(request)
        _check_type(request, match.media_types)
        return headers

    def allows_preflight(self, request: web.BaseRequest) -> bool:
        """Tell whether a request only asks, for a page of an allowed origin, what it may do."""
        return request.headers.get("Origin") in self._origins and _is_preflight(request)

    def _check_host(self, request: web.BaseRequest) -> None:
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not (hosts[0] in self._hosts or _is_own_address(request, hosts[0])):
            raise Problem(
                "host-not-allowed",
                "This server answers under its own address only. Use the url in .cpsl/dev.json, "
                "or allow the name with --allow-host.",
            )

    def _check_origin(self, request: web.BaseRequest) -> dict[str, str]:
        origins = request.headers.getall("Origin", [])
        if len(origins) == 1 and origins[0] in self._origins:
            return {
                "Access-Control-Allow-Origin": origins[0],
                "Access-Control-Expose-Headers": _EXPOSED_HEADERS,
                "Vary": "Origin",
            }
        site = request.headers.get("Sec-Fetch-Site", "none").lower()
        if origins or site not in ("none", "same-origin"):
            raise Problem(
                "origin-not-allowed",
                "Web pages may not call this server. To allow the pages of one origin, "
                "start it with --allow-origin.",
            )
        return {}

    def _check_token(self, request: web.BaseRequest) -> None:
        if self._token is None:
            return
        values = request.headers.getall("Authorization", [])
        scheme, _, given = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        shown = given.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer" or not hmac.compare_digest(shown, self._token):
            raise Problem(
                "no-token",
                "Send the header Authorization: Bearer TOKEN. "
                "The token is in .cpsl/dev.json beside the app.",
                headers={"WWW-Authenticate": "Bearer"},
            )


def own_hosts(address: Address, port: int, allowed: Iterable[str]) -> frozenset[str]:
    """Return the `Host` headers of a server at `address`, and those that were allowed besides."""
    names = {"localhost", "127.0.0.1", "[::1]"}
    if not address.is_wildcard:
        names.add(address.host)
    own = {f"{name}:{port}" for name in names}
    if port == 80:
        own |= names
    for entry in allowed:
        own |= {entry, entry if ":" in entry.rpartition("]")[2] else f"{entry}:{port}"}
    return frozenset(own)


def _is_own_address(request: web.BaseRequest, host: str) -> bool:
    """Tell whether `host` is the very address that the client connected to.

    Where the server listens on every address of the machine, that one is not known before. An
    attacker's page cannot have it as its name: a name made of digits is never looked up.
    """
    transport = request.transport
    name = transport.get_extra_info("sockname") if transport else None
    if not isinstance(name, tuple):
        return False
    ip = f"[{name[0]}]" if ":" in name[0] else name[0]
    return host == f"{ip}:{name[1]}"


def _is_preflight(request: web.BaseRequest) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _preflight_headers(request: web.BaseRequest, methods: Iterable[str]) -> Mapping[str, str]:
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": _CORS_HEADERS,
        "Access-Control-Max-Age": _MANY_SECONDS,
    }
    if "Access-Control-Request-Private-Network" in request.headers:
        headers["Access-Control-Allow-Private-Network"] = "true"
    return headers


def _check_type(request: web.BaseRequest, media_types: tuple[str, ...]) -> None:
    """Refuse a body of a type that a plain form or script of a page could send."""
    if not request.body_exists:
        return
    values = request.headers.getall("Content-Type", [])
    if len(values) == 1 and _is_one_of(values[0], media_types):
        return
    names = " or ".join(media_types)
    headers = {"Accept-Patch": ", ".join(media_types)} if request.method == "PATCH" else {}
    raise Problem("unsupported-type", f"Send the body as {names}.", headers=headers, closes=True)


def _is_one_of(content_type: str, media_types: tuple[str, ...]) -> bool:
    name, _, parameters = content_type.partition(";")
    if name.strip().lower() not in media_types:
        return False
    charset = parameters.strip().lower().replace('"', "")
    return charset in ("", "charset=utf-8")
