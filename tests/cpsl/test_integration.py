from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.integration import (
    check_integration,
    describe_integration,
    integration_type,
    mode_of,
)

KEYS: dict[str, Any] = {"client_id": "i", "client_secret": cpsl.Secret.from_name("S")}


@pytest.mark.parametrize(
    ("make", "type_"),
    [
        (cpsl.Google, "google"),
        (cpsl.Gmail, "gmail"),
        (cpsl.GoogleCalendar, "gcal"),
        (cpsl.GoogleDrive, "gdrive"),
        (cpsl.GitHub, "github"),
        (cpsl.Linear, "linear"),
    ],
)
def test_oauth_helpers_declare_their_service(make: Any, type_: str) -> None:
    config = make(**KEYS, scopes=["read"])

    assert check_integration(config).to_dict() == {
        "type": type_,
        "mode": "oauth",
        "client_id": "i",
        "client_secret": {"type": "secret", "name": "S"},
        "scopes": ["read"],
    }


def test_outlook_asks_for_offline_access_once() -> None:
    assert cpsl.Outlook(**KEYS).scopes == ["offline_access"]
    assert cpsl.Outlook(**KEYS, scopes=["offline_access", "mail"]).scopes == [
        "offline_access",
        "mail",
    ]


def test_aws_and_tailscale_are_typed_in() -> None:
    assert cpsl.AWS().fields == ["access_key_id", "secret_access_key", "region"]
    assert cpsl.Tailscale().fields == ["auth_key"]
    assert cpsl.Tailscale(advertise_tags=True).fields == ["auth_key", "advertise_tags"]
    assert mode_of(check_integration(cpsl.AWS())) == "secret"


def test_pipedream_declares_any_service() -> None:
    config = cpsl.Pipedream("slack", environment="production", connect_scopes=["chat"])

    assert check_integration(config).to_dict() == {
        "type": "slack",
        "mode": "pipedream",
        "environment": "production",
        "connect_scopes": ["chat"],
    }


def test_pipedream_takes_an_own_project_whole() -> None:
    config = cpsl.Pipedream("slack", **KEYS, project_id="p")

    assert check_integration(config).to_dict()["project_id"] == "p"


def test_pipedream_needs_a_slug() -> None:
    with pytest.raises(ValueError, match=r"cpsl\.Pipedream needs the slug of an app"):
        cpsl.Pipedream("")


@pytest.mark.parametrize("part", ["client_id", "client_secret", "project_id"])
def test_pipedream_refuses_a_partial_project(part: str) -> None:
    given: dict[str, Any] = {part: "x"}

    with pytest.raises(ValueError, match="needs client_id, client_secret and project_id together"):
        cpsl.Pipedream("slack", **given)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (
            cpsl.IntegrationConfig("aws", client_id="i"),
            "'aws' is connected with typed-in keys: it takes no client_id and no client_secret",
        ),
        (
            cpsl.IntegrationConfig("crm", fields=["key"], client_secret="s"),
            "'crm' is connected with typed-in keys",
        ),
        (cpsl.IntegrationConfig("crm", fields=[]), r"has fields=\[\]: name at least one field"),
        (
            cpsl.IntegrationConfig("slack", scopes=["a"], mode="pipedream"),
            "it takes connect_scopes, not scopes",
        ),
        (
            cpsl.IntegrationConfig("slack", client_id="i", mode="pipedream"),
            "needs client_id and client_secret together, or neither",
        ),
        (
            cpsl.IntegrationConfig("github", client_id="i"),
            "'github' uses OAuth: it needs client_id and client_secret",
        ),
        (cpsl.IntegrationConfig("anything"), "'anything' uses OAuth"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    config: cpsl.IntegrationConfig, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        check_integration(config)


def test_no_credential_is_described() -> None:
    described = describe_integration(cpsl.GitHub(client_id="i", client_secret="s", scopes=["r"]))

    assert described == {"type": "github", "mode": "oauth", "scopes": ["r"]}
    assert describe_integration(cpsl.Tailscale())["fields"] == ["auth_key"]


def test_a_member_is_the_name_of_its_service() -> None:
    assert cpsl.Integration.GITHUB.value == cpsl.INTEGRATION_GITHUB
    assert {"github": 1}[cpsl.Integration.GITHUB] == 1
    assert str(cpsl.Integration.GITHUB) == "Integration.GITHUB"


def test_a_service_is_named_by_text_member_or_declaration() -> None:
    config = cpsl.IntegrationConfig(cpsl.Integration.AWS)

    names = [integration_type(kind) for kind in ("aws", cpsl.Integration.AWS, config)]

    assert names == ["aws", "aws", "aws"]
    assert type(names[1]) is str


def test_credentials_are_falsy_without_a_token_and_fields() -> None:
    assert not cpsl.IntegrationCredentials()
    assert cpsl.IntegrationCredentials(access_token="t")
    assert cpsl.IntegrationCredentials(fields={"key": "v"})
