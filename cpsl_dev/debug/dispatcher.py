"""From a request to its answer: the guard, the route, and what to say when it does not work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from cpsl.records import JsonObject
from cpsl_dev.debug.answers import empty_answer, problem_answer
from cpsl_dev.debug.connection import Connection
from cpsl_dev.debug.guard import Guard
from cpsl_dev.debug.problems import Problem, problem_of
from cpsl_dev.debug.refusals import Refusals
from cpsl_dev.debug.routing import Call, Match, Router, parse_query
from cpsl_dev.debug.streams import Streams
from cpsl_dev.exceptions import DevError

if TYPE_CHECKING:
    from cpsl_dev.server import DevServer

logger = logging.getLogger(__name__)

_LONGEST_SHOWN = 100


class Dispatcher:
    """Answers every request.

    Args:
        server: What the handlers ask.
        router: Where a path leads.
        guard: Who may come in.
        refusals: Told of those who may not.
        streams: Those who read events.
        openapi: Makes the description of the endpoint.
        max_body_bytes: The largest body that is read.
    """

    def __init__(
        self,
        server: DevServer,
        router: Router,
        *,
        guard: Guard,
        refusals: Refusals,
        streams: Streams,
        openapi: Callable[[], JsonObject],
        max_body_bytes: int,
    ) -> None:
        self._server = server
        self._router = router
        self._guard = guard
        self._refusals = refusals
        self._streams = streams
        self._openapi = openapi
        self._max_body_bytes = max_body_bytes

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer `request`, whatever it is."""
        connection = request.protocol
        assert isinstance(connection, Connection)
        path, _, query = request.raw_path.partition("?")
        headers: dict[str, str] = {}
        with connection.handling():
            try:
                match = self._router.find(request.method, path)
                headers = self._guard.check(request, match)
                if self._guard.allows_preflight(request):
                    return empty_answer(headers=headers)
                if match.route is None:
                    raise _no_route(request, match)
                call = Call(
                    request=request,
                    connection=connection,
                    route=match.route,
                    server=self._server,
                    streams=self._streams,
                    max_body_bytes=self._max_body_bytes,
                    parameters=match.parameters,
                    query=parse_query(query),
                    headers=headers,
                    openapi=self._openapi,
                )
                return await match.route.handler(call)
            except Problem as error:
                problem = error
            except DevError as error:
                problem = problem_of(error)
                if problem.status == 500:
                    logger.exception("A request failed in the dev server")
            self._refusals.tell(problem, path)
            return problem_answer(problem, headers=headers)


def _no_route(request: web.BaseRequest, match: Match) -> Problem:
    if match.allowed:
        allowed = ", ".join(match.allowed)
        return Problem(
            "method-not-allowed",
            f"This path takes {allowed}, not {request.method}.",
            headers={"Allow": allowed},
        )
    shown = request.raw_path[:_LONGEST_SHOWN].encode("utf-8", "replace").decode()
    return Problem(
        "not-found", f"There is nothing at {shown!r}. GET /openapi.json lists what there is."
    )
