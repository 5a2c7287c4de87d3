"""Who a session belongs to, and the channel it is held on."""

from __future__ import annotations

from dataclasses import dataclass

_ORG_PREFIX = "org:"


@dataclass
class UserInfo:
    """The user of a session. An empty `id` is an anonymous user."""

    id: str
    email: str | None = None
    org_id: str | None = None

    @property
    def owner_id(self) -> str:
        """The key that the user's data belongs to: the organisation, else the user."""
        if not self.org_id:
            return self.id
        return self.org_id if self.org_id.startswith(_ORG_PREFIX) else _ORG_PREFIX + self.org_id

    @property
    def is_org_member(self) -> bool:
        """True for a user of an organisation."""
        return bool(self.org_id)

    @staticmethod
    def org_id_from_owner_id(owner_id: str | None) -> str | None:
        """Return the organisation that an owner key names, or None for a user's own key."""
        if owner_id and owner_id.startswith(_ORG_PREFIX):
            return owner_id.removeprefix(_ORG_PREFIX) or None
        return None


@dataclass
class SessionChannel:
    """Where a session is held: `chat`, `api`, or the type of an outside channel."""

    type: str
