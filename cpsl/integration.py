"""Accounts of other services that an app asks its users to connect."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cpsl.constants import DEFAULT_TOKEN_TYPE
from cpsl.secret import Secret

MODE_OAUTH = "oauth"
MODE_PIPEDREAM = "pipedream"
MODE_SECRET = "secret"


class Integration(str, Enum):  # noqa: UP042 - str() of a member is part of the public API
    """The services that are known by name. A member is a `str`: it is a key wherever one is."""

    GOOGLE = "google"
    GMAIL = "gmail"
    GCAL = "gcal"
    GDRIVE = "gdrive"
    OUTLOOK = "outlook"
    GITHUB = "github"
    LINEAR = "linear"
    TAILSCALE = "tailscale"
    AWS = "aws"


INTEGRATION_GOOGLE = "google"
INTEGRATION_GMAIL = "gmail"
INTEGRATION_GCAL = "gcal"
INTEGRATION_GDRIVE = "gdrive"
INTEGRATION_OUTLOOK = "outlook"
INTEGRATION_GITHUB = "github"
INTEGRATION_LINEAR = "linear"
INTEGRATION_TAILSCALE = "tailscale"
INTEGRATION_AWS = "aws"

# Services that are connected with keys the user types in, and the names of those keys.
KNOWN_SECRET_INTEGRATIONS: dict[str, list[str]] = {
    INTEGRATION_AWS: ["access_key_id", "secret_access_key", "region"],
    INTEGRATION_TAILSCALE: ["auth_key"],
}


@dataclass
class IntegrationCredentials:
    """What a user connected: a token, or the fields that were typed in. Falsy when neither."""

    access_token: str = ""
    token_type: str = DEFAULT_TOKEN_TYPE
    scopes: list[str] = field(default_factory=list)
    expires_at: int = 0
    fields: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.access_token or self.fields)


@dataclass
class IntegrationConfig:
    """How a service is connected: with OAuth, with fields of a form, or through Pipedream."""

    type: str | Integration
    client_id: str | Secret = ""
    client_secret: str | Secret = ""
    scopes: list[str] = field(default_factory=list)
    fields: list[str] | None = None
    mode: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the integration as it is deployed, with secrets by name."""
        result: dict[str, Any] = {"type": integration_type(self.type), "mode": mode_of(self)}
        optional = {
            "client_id": _by_name(self.client_id),
            "client_secret": _by_name(self.client_secret),
            "scopes": list(self.scopes),
            "fields": self.fields,
        }
        return result | {key: value for key, value in optional.items() if value}


IntegrationLike = str | Integration | IntegrationConfig


def Google(  # noqa: N802 - the public API's name
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Return the OAuth declaration of a Google account."""
    return _oauth(Integration.GOOGLE, client_id, client_secret, scopes)


def Gmail(  # noqa: N802 - the public API's name
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Return the OAuth declaration of Gmail."""
    return _oauth(Integration.GMAIL, client_id, client_secret, scopes)


def GoogleCalendar(  # noqa: N802 - the public API's name
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Return the OAuth declaration of Google Calendar."""
    return _oauth(Integration.GCAL, client_id, client_secret, scopes)


def GoogleDrive(  # noqa: N802 - the public API's name
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Return the OAuth declaration of Google Drive."""
    return _oauth(Integration.GDRIVE, client_id, client_secret, scopes)


def Outlook(  # noqa: N802 - the public API's name
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Return the OAuth declaration of Outlook; `offline_access` is always asked for."""
    wanted = list(scopes or [])
    if "offline_access" not in wanted:
        wanted.append("offline_access")
    return _oauth(Integration.OUTLOOK, client_id, client_secret, wanted)


def GitHub(  # noqa: N802 - the public API's name
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Return the OAuth declaration of GitHub."""
    return _oauth(Integration.GITHUB, client_id, client_secret, scopes)


def Linear(  # noqa: N802 - the public API's name
    *, client_id: str | Secret, client_secret: str | Secret, scopes: list[str] | None = None
) -> IntegrationConfig:
    """Return the OAuth declaration of Linear."""
    return _oauth(Integration.LINEAR, client_id, client_secret, scopes)


def AWS() -> IntegrationConfig:  # noqa: N802 - the public API's name
    """Return the declaration of AWS keys, which the user types in."""
    return _typed_in(Integration.AWS)


def Tailscale(*, advertise_tags: bool = False) -> IntegrationConfig:  # noqa: N802 - public name
    """Return the declaration of a Tailscale key, with the tags to advertise if asked for."""
    return _typed_in(Integration.TAILSCALE, *(["advertise_tags"] if advertise_tags else []))


def Pipedream(  # noqa: N802, PLR0913 - the public API's name and parameters
    app_slug: str,
    *,
    client_id: str | Secret = "",
    client_secret: str | Secret = "",
    project_id: str | Secret = "",
    environment: str = "",
    api_base_url: str = "",
    oauth_app_id: str = "",
    connect_scopes: list[str] | None = None,
) -> IntegrationConfig:
    """Return the declaration of a service that is connected through Pipedream.

    Raises:
        ValueError: the slug is empty, or only some credentials of an own project are given.
    """
    if not app_slug:
        raise ValueError("cpsl.Pipedream needs the slug of an app, such as 'slack'.")
    own_project = [client_id, client_secret, project_id]
    if any(own_project) and not all(own_project):
        raise ValueError(
            f"cpsl.Pipedream({app_slug!r}) with an own project needs client_id, client_secret "
            f"and project_id together."
        )
    return _PipedreamConfig(
        type=app_slug,
        client_id=client_id,
        client_secret=client_secret,
        mode=MODE_PIPEDREAM,
        project_id=project_id,
        environment=environment,
        api_base_url=api_base_url,
        oauth_app_id=oauth_app_id,
        connect_scopes=list(connect_scopes or []),
    )


def integration_type(integration: IntegrationLike) -> str:
    """Return the name of an integration on the wire."""
    if isinstance(integration, IntegrationConfig):
        return integration_type(integration.type)
    return integration.value if isinstance(integration, Integration) else str(integration)


def mode_of(config: IntegrationConfig) -> str:
    """Return how an integration is connected: oauth, secret or pipedream."""
    if config.mode:
        return config.mode
    if config.fields or integration_type(config) in KNOWN_SECRET_INTEGRATIONS:
        return MODE_SECRET
    return MODE_OAUTH


def check_integration(config: IntegrationConfig) -> IntegrationConfig:
    """Return `config`, once it can be connected in its mode.

    Raises:
        ValueError: options are missing, or belong to another mode.
    """
    name = integration_type(config)
    credentials = [bool(config.client_id), bool(config.client_secret)]
    if config.fields is not None and not config.fields:
        raise ValueError(f"Integration {name!r} has fields=[]: name at least one field.")
    match mode_of(config):
        case "secret" if any(credentials):
            raise ValueError(
                f"Integration {name!r} is connected with typed-in keys: "
                f"it takes no client_id and no client_secret."
            )
        case "pipedream" if config.scopes:
            raise ValueError(
                f"Integration {name!r} goes through Pipedream: it takes connect_scopes, not scopes."
            )
        case "pipedream" if any(credentials) and not all(credentials):
            raise ValueError(
                f"Integration {name!r} needs client_id and client_secret together, or neither."
            )
        case "oauth" if not all(credentials):
            raise ValueError(
                f"Integration {name!r} uses OAuth: it needs client_id and client_secret."
            )
    return config


def describe_integration(config: IntegrationConfig) -> dict[str, Any]:
    """Return what may be shown of an integration: no credential, not even by name."""
    described: dict[str, Any] = {"type": integration_type(config), "mode": mode_of(config)}
    if config.scopes:
        described["scopes"] = list(config.scopes)
    if config.fields:
        described["fields"] = list(config.fields)
    return described


@dataclass
class _PipedreamConfig(IntegrationConfig):
    project_id: str | Secret = ""
    environment: str = ""
    api_base_url: str = ""
    oauth_app_id: str = ""
    connect_scopes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        optional = {
            "project_id": _by_name(self.project_id),
            "environment": self.environment,
            "api_base_url": self.api_base_url,
            "oauth_app_id": self.oauth_app_id,
            "connect_scopes": list(self.connect_scopes),
        }
        used = {key: value for key, value in optional.items() if value}
        return super().to_dict() | used


def _oauth(
    type_: Integration,
    client_id: str | Secret,
    client_secret: str | Secret,
    scopes: list[str] | None,
) -> IntegrationConfig:
    return IntegrationConfig(type_, client_id, client_secret, list(scopes or []), mode=MODE_OAUTH)


def _typed_in(type_: Integration, *extra: str) -> IntegrationConfig:
    fields = [*KNOWN_SECRET_INTEGRATIONS[type_.value], *extra]
    return IntegrationConfig(type_, fields=fields, mode=MODE_SECRET)


def _by_name(value: str | Secret) -> str | dict[str, Any]:
    return value.to_dict() if isinstance(value, Secret) else value
