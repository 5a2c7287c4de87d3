from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import cpsl
from cpsl.files import FileStore
from cpsl.integration import Integration, IntegrationConfig, IntegrationCredentials
from cpsl.prompts import FileUploadTimeout, IntegrationDeclined, IntegrationTimeout
from cpsl.session import Session, SessionChannel, UserInfo, bind_session

DATA = b"1,2\n"
AWS_KEYS = {"access_key_id": "id", "secret_access_key": "key", "region": "eu"}


class Target:
    """Gives answers that are put in before."""

    def __init__(self, folder: Path) -> None:
        self.files: FileStore | None = FileStore(str(folder / "files"))
        self.declared: dict[str, dict[str, Any]] = {}
        self.answer: dict[str, Any] | None = None
        self.asked: list[dict[str, Any]] = []
        self.timeouts: list[float | None] = []
        self.said: list[str] = []

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = self.asked[-1]["payload"]
        return payload

    def reply(self, text: str) -> None:
        self.said.append(text)

    async def ask(
        self, envelope: dict[str, Any], timeout_seconds: float | None
    ) -> dict[str, Any] | None:
        self.asked.append(envelope)
        self.timeouts.append(timeout_seconds)
        return self.answer

    def integration(self, name: str) -> dict[str, Any] | None:
        return self.declared.get(name)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path)


@pytest.fixture
def session(target: Target) -> Session:
    session = make_session()
    bind_session(session, target)  # type: ignore[arg-type]
    return session


def make_session() -> Session:
    return Session("s1", UserInfo("dev"), SessionChannel("chat"))


def keep(target: Target, name: str = "a.csv") -> None:
    """Have the user upload a file."""
    assert target.files is not None
    stored = target.files.add(DATA, ".csv")
    target.answer = {
        "name": name,
        "content_type": "text/csv",
        "size": stored.size,
        "url": stored.url,
    }


# Approval


@pytest.mark.parametrize(
    ("answer", "expected"),
    [({"approved": True}, True), ({"approved": False}, False), (None, False)],
)
async def test_approval_is_true_only_for_a_yes(
    answer: Any, expected: bool, session: Session, target: Target
) -> None:
    target.answer = answer

    assert await session.prompt_approval("Deploy?", timeout=7) is expected
    assert target.timeouts == [7]


async def test_approval_says_what_is_asked(session: Session, target: Target) -> None:
    await session.prompt_approval("Deploy?", approve_label="Go", reject_label="Stop")

    (envelope,) = target.asked
    assert envelope["type"] == "approval_prompt"
    assert envelope["id"].startswith("ap_")
    assert len(envelope["id"]) == 15
    assert envelope["payload"] == {
        "message": "Deploy?",
        "approve_label": "Go",
        "reject_label": "Stop",
        "blocking": True,
        "session_id": "s1",
    }


async def test_approval_that_nobody_can_give_is_a_no() -> None:
    assert await make_session().prompt_approval("Deploy?") is False


# Files


async def test_upload_is_what_the_user_gave(session: Session, target: Target) -> None:
    keep(target)

    upload = await session.prompt_file(message="The list, please", accept=".csv")

    assert target.asked[0]["type"] == "file_upload"
    assert target.asked[0]["id"].startswith("fu_")
    assert target.payload == {
        "message": "The list, please",
        "blocking": True,
        "session_id": "s1",
        "accept": ".csv",
    }
    assert (upload.name, upload.content_type, upload.size, upload.path) == (
        "a.csv",
        "text/csv",
        4,
        None,
    )
    assert upload.url == f"/files/{hashlib.sha256(DATA).hexdigest()}.csv"


async def test_kind_of_file_is_left_out_where_any_will_do(session: Session, target: Target) -> None:
    keep(target)

    await session.prompt_file()

    assert target.payload["message"] == "Please upload a file"
    assert "accept" not in target.payload


async def test_upload_can_be_downloaded(session: Session, target: Target, tmp_path: Path) -> None:
    keep(target)
    upload = await session.prompt_file()

    path = await upload.download(str(tmp_path / "copy"))

    assert path == upload.path == str(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA


@pytest.mark.parametrize("name", ["a.csv", "../../a.csv"])
async def test_upload_goes_into_a_folder_that_exists(
    name: str, session: Session, target: Target, tmp_path: Path
) -> None:
    keep(target, name)
    (tmp_path / "uploads").mkdir()

    upload = await session.prompt_file(path=str(tmp_path / "uploads"))

    assert upload.path == str(tmp_path / "uploads" / "a.csv")
    assert (tmp_path / "uploads" / "a.csv").read_bytes() == DATA


async def test_upload_becomes_the_file_that_is_named(
    session: Session, target: Target, tmp_path: Path
) -> None:
    keep(target)

    upload = await session.prompt_file(path=str(tmp_path / "new" / "uploads"))

    assert upload.path == str(tmp_path / "new" / "uploads")
    assert (tmp_path / "new" / "uploads").read_bytes() == DATA


async def test_upload_that_does_not_come_is_a_timeout(session: Session) -> None:
    with pytest.raises(FileUploadTimeout, match=r"no file was uploaded within 0\.5 s") as caught:
        await session.prompt_file(timeout=0.5)

    assert isinstance(caught.value, TimeoutError)


async def test_upload_needs_somebody_to_ask(session: Session, target: Target) -> None:
    target.files = None

    for nobody in (make_session(), session):
        with pytest.raises(RuntimeError, match="nobody can be asked for a file"):
            await nobody.prompt_file()


# Integrations


async def test_token_is_asked_for_and_kept(session: Session, target: Target) -> None:
    target.answer = {"credentials": {"access_token": "t", "scopes": ["repo"]}}

    credentials = await session.prompt_integration("github", reason="To read issues.", timeout=9)

    assert target.said == ["To read issues."]
    assert session.history[-1].text == "To read issues."
    assert target.asked[0]["type"] == "integration_prompt"
    assert target.payload == {
        "type": "github",
        "reason": "To read issues.",
        "blocking": True,
        "mode": "oauth",
    }
    assert target.timeouts == [9]
    assert credentials == IntegrationCredentials(access_token="t", scopes=["repo"])
    assert session.integrations["github"] is credentials
    assert await session.require_integration(Integration.GITHUB) is credentials
    assert len(target.asked) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, []),
        ({"reason": "why"}, ["why"]),
        ({"reason": "why", "message": "please"}, ["please"]),
        ({"reason": "why", "message": ""}, []),
    ],
)
async def test_message_is_said_before_the_card(
    options: Any, said: list[str], session: Session, target: Target
) -> None:
    target.answer = {"credentials": {"access_token": "t"}}

    await session.require_integration("github", **options)

    assert target.said == said


@pytest.mark.parametrize(
    ("integration", "mode", "fields"),
    [
        ("github", "oauth", None),
        (Integration.GOOGLE, "oauth", None),
        ("tailscale", "secret", ["auth_key"]),
        (cpsl.AWS(), "secret", ["access_key_id", "secret_access_key", "region"]),
        (IntegrationConfig("crm", fields=["key"]), "secret", ["key"]),
        ("declared", "secret", ["user", "password"]),
    ],
)
async def test_card_says_what_is_to_be_typed_in(
    integration: Any, mode: str, fields: list[str] | None, session: Session, target: Target
) -> None:
    target.declared["declared"] = {
        "type": "declared",
        "mode": "secret",
        "fields": ["user", "password"],
    }
    target.answer = {"declined": True}

    with pytest.raises(IntegrationDeclined):
        await session.prompt_integration(integration)

    assert target.payload["mode"] == mode
    assert target.payload.get("fields") == fields


async def test_keys_of_aws_are_put_into_the_environment(
    session: Session, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    for name in names:
        monkeypatch.setenv(name, "before")
    target.answer = {"credentials": {"fields": AWS_KEYS}}

    await session.prompt_integration("aws")

    assert [os.environ[name] for name in names] == ["id", "key", "eu"]


async def test_tailscale_needs_its_programs(
    session: Session, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    target.answer = {"credentials": {"fields": {"auth_key": "k"}}}

    with pytest.raises(RuntimeError, match="tailscale cannot be used: tailscale and tailscaled is"):
        await session.prompt_integration("tailscale")


async def test_no_answer_and_a_no_are_told_apart(session: Session, target: Target) -> None:
    with pytest.raises(IntegrationTimeout, match="'github' was not connected within 300 s") as late:
        await session.prompt_integration("github")
    target.answer = {"declined": True}
    with pytest.raises(IntegrationDeclined, match="the user declined to connect 'github'") as no:
        await session.prompt_integration("github")

    assert isinstance(late.value, TimeoutError)
    assert isinstance(no.value, RuntimeError)


async def test_account_that_nobody_can_connect_is_declined() -> None:
    with pytest.raises(IntegrationDeclined, match="nobody can be asked to connect 'github'"):
        await make_session().prompt_integration("github")
