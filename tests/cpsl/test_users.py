from __future__ import annotations

import pytest

from cpsl.users import SessionChannel, UserInfo


@pytest.mark.parametrize(
    ("user", "owner_id", "is_member"),
    [
        (UserInfo("u1"), "u1", False),
        (UserInfo("u1", org_id="acme"), "org:acme", True),
        (UserInfo("u1", org_id="org:acme"), "org:acme", True),
        (UserInfo("u1", org_id=""), "u1", False),
        (UserInfo(""), "", False),
    ],
)
def test_owner_is_the_organisation_else_the_user(
    user: UserInfo, owner_id: str, is_member: bool
) -> None:
    assert user.owner_id == owner_id
    assert user.is_org_member is is_member


@pytest.mark.parametrize(
    ("owner_id", "org_id"),
    [("org:acme", "acme"), ("u1", None), ("", None), (None, None), ("org:", None)],
)
def test_organisation_of_an_owner_key(owner_id: str | None, org_id: str | None) -> None:
    assert UserInfo.org_id_from_owner_id(owner_id) == org_id


def test_email_is_optional() -> None:
    assert UserInfo("u1") == UserInfo(id="u1", email=None, org_id=None)


def test_channel_has_a_type() -> None:
    assert SessionChannel("chat") == SessionChannel(type="chat")
