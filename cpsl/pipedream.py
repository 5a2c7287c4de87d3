"""Requests to other services through Pipedream, with the account that a user connected."""

from __future__ import annotations

from http import HTTPStatus
from importlib import import_module
from typing import Any

import orjson

from cpsl.context import current_session
from cpsl.exceptions import NotAvailable
from cpsl.integration import IntegrationLike, integration_type


class PipedreamProxyResponse:
    """An answer, in the shape of `requests.Response`."""

    def __init__(self, *, status_code: int, headers: dict[str, str] | None, body: bytes) -> None:
        self.status_code = status_code
        self.headers = dict(headers or {})
        self.content = body

    @property
    def ok(self) -> bool:
        """True if the status is from 200 to 399."""
        return 200 <= self.status_code < 400

    @property
    def reason(self) -> str:
        """The words for the status."""
        try:
            return HTTPStatus(self.status_code).phrase
        except ValueError:
            return ""

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ValueError: it is not JSON.
        """
        return orjson.loads(self.content)

    def raise_for_status(self) -> None:
        """Raise an error unless the status is `ok`.

        Raises:
            requests.HTTPError: the request failed and requests is installed.
            RuntimeError: the request failed and requests is not installed.
        """
        if self.ok:
            return
        text = f"HTTP {self.status_code} {self.reason}: {self.text[:500]}"
        try:
            requests = import_module("requests")
        except ImportError as error:
            raise RuntimeError(text) from error
        raise requests.HTTPError(text, response=self)


class PipedreamProxySession:
    """Makes requests as a user, in the shape of `requests.Session`."""

    def __init__(
        self,
        *,
        stub: Any,
        app_id: str,
        user_email: str,
        owner_id: str,
        integration: IntegrationLike,
        env: str = "",
    ) -> None:
        self.headers: dict[str, str] = {}
        self._integration = integration_type(integration)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        headers: dict[str, str] | None = None,
        data: Any = None,
        json: Any = None,
        timeout: float | tuple[float, float] | None = None,
        **kwargs: Any,
    ) -> PipedreamProxyResponse:
        """Make a request.

        Raises:
            NotImplementedError: files are to be sent.
            NotAvailable: always otherwise, in this version.
        """
        if "files" in kwargs:
            raise NotImplementedError("Files cannot be sent through Pipedream: send data= instead.")
        raise NotAvailable(f"A Pipedream request to {self._integration}")

    def get(self, url: str, **kwargs: Any) -> PipedreamProxyResponse:
        """Make a GET request."""
        return self.request("GET", url, **kwargs)

    def post(self, url: str, **kwargs: Any) -> PipedreamProxyResponse:
        """Make a POST request."""
        return self.request("POST", url, **kwargs)

    def put(self, url: str, **kwargs: Any) -> PipedreamProxyResponse:
        """Make a PUT request."""
        return self.request("PUT", url, **kwargs)

    def patch(self, url: str, **kwargs: Any) -> PipedreamProxyResponse:
        """Make a PATCH request."""
        return self.request("PATCH", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> PipedreamProxyResponse:
        """Make a DELETE request."""
        return self.request("DELETE", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> PipedreamProxyResponse:
        """Make a HEAD request."""
        return self.request("HEAD", url, **kwargs)

    def options(self, url: str, **kwargs: Any) -> PipedreamProxyResponse:
        """Make an OPTIONS request."""
        return self.request("OPTIONS", url, **kwargs)


def pipedream(integration: IntegrationLike) -> Any:
    """Return a session that makes requests as the user of the current session.

    Raises:
        RuntimeError: no handler of a session is running.
    """
    session = current_session()
    if session is None:
        raise RuntimeError(
            f"no active Capsule session: call cpsl.pipedream("
            f"{integration_type(integration)!r}) inside a handler."
        )
    return session.pipedream(integration)
