from __future__ import annotations

import pytest

from cpsl.exceptions import NotAvailable
from cpsl.integration import IntegrationCredentials
from cpsl.request_context import RequestContext
from cpsl.users import UserInfo


def test_it_tells_who_called() -> None:
    credentials = {"github": IntegrationCredentials("token")}

    context = RequestContext(UserInfo("u1"), credentials, True, "request")

    assert context.user.id == "u1"
    assert context.integrations == credentials
    assert context.authenticated is True
    assert context.request == "request"


def test_callers_are_anonymous_by_default() -> None:
    context = RequestContext(UserInfo(""), {})

    assert (context.authenticated, context.request) == (False, None)


def test_it_takes_no_other_attributes() -> None:
    context = RequestContext(UserInfo(""), {})

    with pytest.raises(AttributeError):
        context.other = 1  # type: ignore[attr-defined]


def test_pipedream_is_not_available() -> None:
    with pytest.raises(NotAvailable, match=r"RequestContext\.pipedream is not available"):
        RequestContext(UserInfo(""), {}).pipedream("slack")
