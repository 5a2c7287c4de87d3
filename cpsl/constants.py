"""Words with a fixed meaning in the public API: scopes, levels of access, prices, channels."""

from __future__ import annotations

from typing import Literal, get_args

AccessLevel = Literal["public", "authenticated"]
CollectionScope = Literal["app", "user", "owner", "session"]
ColumnType = Literal[
    "text",
    "number",
    "currency",
    "date",
    "link",
    "file",
    "email",
    "status",
    "tags",
    "boolean",
    "score",
]
PricingType = Literal["one_time", "monthly"]
SettingScope = Literal["app", "owner", "user"]
WorkflowScope = Literal["app", "owner", "user"]

ACCESS_AUTHENTICATED = "authenticated"
ACCESS_PUBLIC = "public"
DEFAULT_CHANNEL_TYPE = "chat"
DEFAULT_TOKEN_TYPE = "Bearer"
PAGE_TYPE_DSL = "dsl"
PAGE_TYPE_REACT = "react"
PRICING_MONTHLY = "monthly"
PRICING_ONE_TIME = "one_time"
SCOPE_APP = "app"
SCOPE_FIELD_OWNER = "_team_id"
SCOPE_FIELD_SESSION = "_session_id"
SCOPE_FIELD_USER = "_user_id"
SCOPE_OWNER = "owner"
SCOPE_SESSION = "session"
SCOPE_USER = "user"

VALID_ACCESS_LEVELS = frozenset(get_args(AccessLevel))
VALID_COLUMN_TYPES = frozenset(get_args(ColumnType))
VALID_SCOPES = frozenset(get_args(CollectionScope))
VALID_SETTING_SCOPES = frozenset(get_args(SettingScope))
VALID_WORKFLOW_SCOPES = frozenset(get_args(WorkflowScope))


def require_one_of(value: str, allowed: frozenset[str], what: str) -> None:
    """Refuse a word that is not one of `allowed`.

    Raises:
        ValueError: `value` is another word; the text lists those that are allowed.
    """
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(sorted(allowed))}, not {value!r}.")
