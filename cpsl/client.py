"""A client of deployed apps: talk to them, and see what they earn."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cpsl.exceptions import NotAvailable

if TYPE_CHECKING:
    from http.client import HTTPResponse

_ID_LENGTH = 36
_TIMEOUT_SECONDS = 120.0


@dataclass
class ChatResponse:
    """What an app answered: the text of its first reply, and all of it in `raw`."""

    text: str
    session_id: str
    request_id: str
    raw: dict[str, Any]

    def __str__(self) -> str:
        return self.text


@dataclass
class StreamChunk:
    """A piece of an answer as it comes in."""

    event: str
    data: dict[str, Any]

    @property
    def text(self) -> str:
        """The text of the piece."""
        return str(self.data.get("text", ""))

    @property
    def done(self) -> bool:
        """True for the last piece."""
        return self.event == "done" or bool(self.data.get("done"))


class Client:
    """Talks to the platform over HTTP.

    Args:
        token: who is asking; `CAPSULE_TOKEN` if not given.
        gateway_url: where the platform is; `CAPSULE_HTTP_URL`, or `CAPSULE_GATEWAY_URL` with
            `CAPSULE_HTTP_PORT`, if not given.

    Raises:
        RuntimeError: there is no token, or no address.
        ValueError: the address is not one of HTTP.
    """

    def __init__(self, token: str | None = None, gateway_url: str | None = None) -> None:
        self._token = token or os.environ.get("CAPSULE_TOKEN", "")
        if not self._token:
            raise RuntimeError("There are no credentials: pass token=, or set CAPSULE_TOKEN.")
        self._base = (gateway_url or _base_from_environment()).rstrip("/")
        if not self._base:
            raise RuntimeError(
                "The platform has no address: pass gateway_url=, or set CAPSULE_HTTP_URL."
            )
        if not self._base.startswith(("http://", "https://")):
            raise ValueError(f"gateway_url {self._base!r} must start with http:// or https://.")

    def list_apps(self) -> list[dict[str, Any]]:
        """Return the apps of the account.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("Client.list_apps()")

    def get_app(self, name_or_id: str) -> dict[str, Any]:
        """Return what the platform knows of an app.

        Raises:
            RuntimeError: the platform refused.
        """
        return self._get(f"/api/v1/apps/{self._app_id(name_or_id)}")

    def chat(self, app: str, text: str, session_id: str | None = None) -> ChatResponse:
        """Say something to an app and return its answer, which takes 120 seconds at most.

        Raises:
            RuntimeError: the platform refused.
        """
        body = {"text": text, **({"session_id": session_id} if session_id else {})}
        answer = self._post(f"/api/v1/app/{self._app_id(app)}/chat", body)
        replies = answer.get("replies") or [{}]
        return ChatResponse(
            text=replies[0].get("text", ""),
            session_id=answer.get("session_id", ""),
            request_id=answer.get("request_id", ""),
            raw=answer,
        )

    def stream(self, app: str, text: str, session_id: str | None = None) -> Iterator[StreamChunk]:
        """Say something to an app and yield its answer piece by piece.

        Raises:
            RuntimeError: the platform refused.
        """
        from urllib.parse import urlencode  # noqa: PLC0415 - apps rarely use a client

        query = {"text": text, **({"session_id": session_id} if session_id else {})}
        path = f"/api/v1/app/{self._app_id(app)}/stream?{urlencode(query)}"
        with self._open("GET", path) as response:
            for chunk in read_chunks(response):
                yield chunk
                if chunk.done:
                    return

    def create_checkout(self, app: str, return_url: str = "") -> str:
        """Return the address where an app can be paid for.

        Raises:
            RuntimeError: the app costs nothing, or the platform refused.
        """
        path = f"/api/v1/checkout/{self._app_id(app)}"
        answer = self._post(path, {"return_url": return_url})
        url = answer.get("url", "")
        if not url:
            raise RuntimeError(f"App {app!r} costs nothing, so there is nothing to check out.")
        return str(url)

    def list_payments(self, app: str) -> list[dict[str, Any]]:
        """Return the payments for an app.

        Raises:
            RuntimeError: the platform refused.
        """
        payments = self._get(f"/api/v1/apps/{self._app_id(app)}/payments").get("payments", [])
        return list(payments)

    def get_earnings(self, app: str) -> dict[str, Any]:
        """Return what an app earned.

        Raises:
            RuntimeError: the platform refused.
        """
        return self._get(f"/api/v1/apps/{self._app_id(app)}/earnings")

    def reset_onboarding(self, app: str) -> dict[str, Any]:
        """Show the onboarding of an app again.

        Raises:
            RuntimeError: the platform refused.
        """
        path = f"/api/v1/app/{self._app_id(app)}/onboarding/complete"
        return self._json("DELETE", path)

    def _app_id(self, name_or_id: str) -> str:
        if len(name_or_id) != _ID_LENGTH:
            raise NotAvailable(f"Looking up app {name_or_id!r} by name")
        return name_or_id

    def _get(self, path: str) -> dict[str, Any]:
        return self._json("GET", path)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json("POST", path, body)

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        with self._open(method, path, body) as response:
            content = response.read()
        answer: dict[str, Any] = orjson.loads(content) if content else {}
        return answer

    def _open(self, method: str, path: str, body: dict[str, Any] | None = None) -> HTTPResponse:
        from urllib.error import HTTPError  # noqa: PLC0415 - apps rarely use a client
        from urllib.request import Request, urlopen  # noqa: PLC0415

        request = Request(
            self._base + path,
            method=method,
            data=None if body is None else orjson.dumps(body),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            response: HTTPResponse = urlopen(request, timeout=_TIMEOUT_SECONDS)
        except HTTPError as error:
            with error:
                text = error.read().decode("utf-8", errors="replace").strip()
            raise RuntimeError(f"HTTP {error.code}: {text or error.reason}") from error
        return response


def read_chunks(lines: Iterable[bytes]) -> Iterator[StreamChunk]:
    """Yield the server-sent events of a response."""
    event, data = "message", []
    for raw in lines:
        line = raw.decode("utf-8").rstrip("\r\n")
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif not line and data:
            yield _chunk(event, "\n".join(data))
            event, data = "message", []
    if data:
        yield _chunk(event, "\n".join(data))


def _chunk(event: str, text: str) -> StreamChunk:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        data = text
    return StreamChunk(event, data if isinstance(data, dict) else {"text": str(data)})


def _base_from_environment() -> str:
    if url := os.environ.get("CAPSULE_HTTP_URL"):
        return url
    gateway = os.environ.get("CAPSULE_GATEWAY_URL", "")
    port = os.environ.get("CAPSULE_HTTP_PORT", "")
    if not gateway or "://" in gateway or not port:
        return gateway
    return f"http://{gateway.partition(':')[0]}:{port}"
