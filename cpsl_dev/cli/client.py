"""A small HTTP client for the debug endpoint, on the standard library, so that it starts fast."""

from __future__ import annotations

import http.client
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from cpsl.records import JsonObject
from cpsl.version import __version__
from cpsl_dev.cli.exits import NoServer, refusal
from cpsl_dev.debug.discovery import (
    TOKEN_VARIABLE,
    find_running,
    find_upwards,
    read_token,
)
from cpsl_dev.exceptions import UsageError

CONNECT_TIMEOUT_SECONDS = 5.0
_LAST_ID = "Last-Event-ID"


class DevClient:
    """Talks to a running dev server.

    Args:
        url: Where it listens, as in `http://127.0.0.1:4600`.
        token: What it wants to be shown, if anything.
    """

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self._host, self._port = _parse(url)
        self._headers = {"User-Agent": f"cpsl-cli/{__version__}"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Read something.

        Raises:
            NoServer: nobody answers.
            Failure: the server says no.
        """
        with self._open("GET", _with_query(path, query)) as response:
            return orjson.loads(response.read())

    def post(self, path: str, body: JsonObject) -> Any:
        """Have something done; wait until it is."""
        with self._open("POST", path, body) as response:
            return orjson.loads(response.read())

    def post_events(self, path: str, body: JsonObject) -> Generator[JsonObject, None, None]:
        """Have something done; yield the events that tell of it."""
        with self._open("POST", path, body, {"Accept": "text/event-stream"}) as response:
            yield from _events(response)

    def follow_events(self, query: Mapping[str, Any]) -> Generator[JsonObject, None, None]:
        """Yield events as they happen, for as long as the server lives."""
        headers = {"Accept": "text/event-stream"}
        while True:
            with self._open("GET", _with_query("/events", query), headers=headers) as response:
                for event in _events(response):
                    headers[_LAST_ID] = str(event["seq"])
                    yield event

    @contextmanager
    def _open(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(
            self._host, self._port, timeout=CONNECT_TIMEOUT_SECONDS
        )
        sent = {**self._headers, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.connect()
            # A turn takes as long as it takes; a server that dies closes the connection.
            connection.sock.settimeout(None)
            connection.request(method, path, None if body is None else orjson.dumps(body), sent)
            response = connection.getresponse()
            if response.status >= 400:
                raise refusal(response.status, _problem(response.read()))
            yield response
        except (OSError, http.client.HTTPException) as error:
            raise NoServer(_no_answer(self.url, error)) from error
        finally:
            connection.close()


def find_client(
    *, url: str | None, token_file: Path | None, folder: Path | None = None
) -> DevClient | None:
    """Return a client for the server that is meant; None if none runs.

    Args:
        url: The server's address; None to look for the one of the current folder or above.
        token_file: Where its token is; None for what the server has left in `.cpsl/dev.json`.
        folder: Look in the `.cpsl` of this folder only.
    """
    running = find_running(folder / ".cpsl") if folder else find_upwards(Path.cwd())
    given = read_token(token_file) if token_file is not None else None
    if url is None:
        return None if running is None else DevClient(running.url, given or running.token)
    known = running.token if running is not None and running.url == url.rstrip("/") else None
    return DevClient(url.rstrip("/"), given or known or os.environ.get(TOKEN_VARIABLE))


def session_path(session_id: str, *rest: str) -> str:
    """Return the path of a session, or of something of it."""
    return "/".join(["/sessions", quote(session_id, safe=""), *rest])


def _parse(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
        raise UsageError(
            f"--url {url!r} is not the address of a dev server. "
            f"It looks like http://127.0.0.1:4600."
        )
    return (parts.hostname, port)


def _with_query(path: str, query: Mapping[str, Any] | None) -> str:
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def _events(response: http.client.HTTPResponse) -> Iterator[JsonObject]:
    for line in response:
        if line.startswith(b"data: "):
            yield orjson.loads(line[6:])


def _problem(body: bytes) -> JsonObject:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _no_answer(url: str, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"No dev server answers at {url}: {reason}. Start one with: cpsl dev"
