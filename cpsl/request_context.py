"""`RequestContext`: who called a data handler or an endpoint."""

from __future__ import annotations

from typing import Any

from cpsl.exceptions import NotAvailable
from cpsl.integration import IntegrationCredentials, IntegrationLike
from cpsl.users import UserInfo


class RequestContext:
    """The caller of a data handler or endpoint. An anonymous user has an empty id."""

    __slots__ = ("authenticated", "integrations", "request", "user")

    def __init__(
        self,
        user: UserInfo,
        integrations: dict[str, IntegrationCredentials],
        authenticated: bool = False,
        request: Any = None,
        session_stub: Any = None,
        app_id: str = "",
        env: str = "",
    ) -> None:
        self.user = user
        self.integrations = integrations
        self.authenticated = authenticated
        self.request = request

    def pipedream(self, integration: IntegrationLike) -> Any:
        """Return a client of a service that the caller connected through Pipedream.

        Raises:
            NotAvailable: Always, in the local runtime.
        """
        raise NotAvailable("RequestContext.pipedream")
