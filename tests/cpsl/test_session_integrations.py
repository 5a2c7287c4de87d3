from __future__ import annotations

from typing import Any

import pytest

from cpsl.context import LOCAL_IDENTITY, acting_for
from cpsl.exceptions import NotAvailable
from cpsl.integration import AWS, Integration, IntegrationCredentials
from cpsl.session import (
    Session,
    SessionChannel,
    UserInfo,
    bind_session,
    pipedream,
)


def make_session() -> Session:
    return Session("s1", UserInfo("dev"), SessionChannel("chat"))


@pytest.fixture
def session() -> Session:
    session = make_session()
    bind_session(session, object())  # type: ignore[arg-type]
    return session


@pytest.fixture
def connected(session: Session) -> Session:
    session.integrations["aws"] = IntegrationCredentials(fields={"region": "eu"})
    session.integrations["github"] = IntegrationCredentials()
    return session


@pytest.mark.parametrize("integration", ["aws", Integration.AWS, AWS()])
async def test_integration_is_found_by_name_member_or_declaration(
    integration: Any, connected: Session
) -> None:
    expected = connected.integrations["aws"]

    assert connected.get_integration(integration) is expected
    assert await connected.require_integration(integration) is expected
    assert await connected.prompt_integration(integration) is expected


def test_empty_and_missing_credentials_are_none(connected: Session) -> None:
    assert connected.get_integration("github") is None
    assert connected.get_integration("linear") is None


def test_pipedream_needs_a_handler(session: Session) -> None:
    with pytest.raises(RuntimeError, match="no active Capsule session"):
        pipedream("slack")
    with acting_for(session, LOCAL_IDENTITY), pytest.raises(NotAvailable):
        pipedream("slack")
