from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from cpsl import answers
from cpsl.answers import WrongAnswer, answer_of, complete, give_up, is_waiting, read_answer
from cpsl.files import FileStore
from cpsl.records import BlockRecord, JsonObject

APPROVAL = {"message": "sure?", "blocking": True}
FILE = {"message": "a file?", "blocking": True}
TOKEN = {"type": "github", "reason": "", "blocking": True, "mode": "oauth"}
KEYS = {"type": "aws", "blocking": True, "mode": "secret", "fields": ["key", "region"]}
DATA = b"1,2\n"
ENCODED = base64.b64encode(DATA).decode()
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / ".cpsl"
    folder.mkdir()
    return folder


def read(state: Path, kind: str, payload: JsonObject, answer: JsonObject) -> JsonObject:
    files = FileStore(str(state / "files"))
    return read_answer(kind, payload, answer, files=files, folder=str(state.parent))


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("approval_prompt", APPROVAL, True),
        ("file_upload", FILE, True),
        ("integration_prompt", TOKEN, True),
        ("integration_prompt", {**TOKEN, "blocking": False}, False),
        ("approval_prompt", {**APPROVAL, "completed": True}, False),
        ("file_upload", {**FILE, "timed_out": True}, False),
        ("approval_prompt", {**APPROVAL, "cancelled": True}, False),
        ("step_status", {"blocking": True}, False),
        ("approval_prompt", {"blocking": "yes"}, False),
    ],
)
def test_prompt_waits_until_it_is_over(kind: str, payload: JsonObject, expected: bool) -> None:
    assert is_waiting(kind, payload) is expected


@pytest.mark.parametrize("approved", [True, False])
def test_approval_is_a_yes_or_a_no(approved: bool, state: Path) -> None:
    assert read(state, "approval_prompt", APPROVAL, {"approved": approved}) == {
        "approved": approved
    }


def test_file_comes_with_its_content(state: Path) -> None:
    answer = {"name": "../../a.csv", "content_base64": ENCODED}

    taken = read(state, "file_upload", FILE, answer)

    assert taken == {
        "name": "a.csv",
        "content_type": "text/csv",
        "size": 4,
        "url": f"/files/{HASH}.csv",
    }
    assert (state / "files" / f"{HASH}.csv").read_bytes() == DATA


@pytest.mark.parametrize("form", ["{name}", "{folder}/{name}", "./sub/../{name}"])
def test_file_comes_by_its_path(form: str, state: Path) -> None:
    (state.parent / "a.csv").write_bytes(DATA)
    (state.parent / "sub").mkdir()
    path = form.format(name="a.csv", folder=state.parent)

    taken = read(state, "file_upload", FILE, {"path": path, "content_type": "text/x"})

    assert taken["name"] == "a.csv"
    assert taken["content_type"] == "text/x"
    assert taken["url"] == f"/files/{HASH}.csv"


def test_home_folder_may_be_written_short(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state.parent / "a.csv").write_bytes(DATA)
    monkeypatch.setenv("HOME", str(state.parent))

    assert read(state, "file_upload", FILE, {"path": "~/a.csv"})["size"] == 4


@pytest.mark.parametrize(
    ("payload", "answer", "taken"),
    [
        (TOKEN, {"access_token": "t"}, {"credentials": {"access_token": "t"}}),
        (
            TOKEN,
            {"access_token": "t", "token_type": "x", "scopes": ["a"], "expires_at": 5},
            {
                "credentials": {
                    "access_token": "t",
                    "token_type": "x",
                    "scopes": ["a"],
                    "expires_at": 5,
                }
            },
        ),
        (
            KEYS,
            {"fields": {"key": "k", "region": "eu"}},
            {"credentials": {"fields": {"key": "k", "region": "eu"}}},
        ),
        (TOKEN, {"declined": True}, {"declined": True}),
        (KEYS, {"declined": True}, {"declined": True}),
    ],
)
def test_account_is_a_token_or_keys_or_declined(
    payload: JsonObject, answer: JsonObject, taken: JsonObject, state: Path
) -> None:
    assert read(state, "integration_prompt", payload, answer) == taken


@pytest.mark.parametrize(
    ("kind", "payload", "answer", "pointer", "text"),
    [
        ("approval_prompt", APPROVAL, {}, "/approved", "'approved' is missing: it must be true or"),
        ("approval_prompt", APPROVAL, {"approved": 1}, "/approved", "must be true or false"),
        ("approval_prompt", APPROVAL, {"yes/no": 1}, "/yes~1no", "takes no 'yes/no', only: appr"),
        ("file_upload", FILE, {}, "/path", "either by path or by name and content_base64"),
        (
            "file_upload",
            FILE,
            {"path": "a", "content_base64": ""},
            "/path",
            "either by path or by name",
        ),
        ("file_upload", FILE, {"content_base64": ENCODED}, "/name", "'name' is missing"),
        ("file_upload", FILE, {"name": " ", "content_base64": ""}, "/name", "name is empty"),
        (
            "file_upload",
            FILE,
            {"name": "a", "content_base64": "?"},
            "/content_base64",
            "content_base64 is not base64: ",
        ),
        ("file_upload", FILE, {"path": 1}, "/path", "path must be text"),
        ("file_upload", FILE, {"path": "a\0"}, "/path", "path is no text"),
        ("file_upload", FILE, {"path": "missing"}, "/path", "missing cannot be read: No such file"),
        ("file_upload", FILE, {"path": "."}, "/path", r"\. is not a file"),
        (
            "file_upload",
            FILE,
            {"name": "a", "content_base64": "", "content_type": 1},
            "/content_type",
            "content_type must be text",
        ),
        ("integration_prompt", TOKEN, {}, "/access_token", "'access_token' is missing"),
        ("integration_prompt", TOKEN, {"access_token": ""}, "/access_token", "is empty"),
        (
            "integration_prompt",
            TOKEN,
            {"access_token": "t", "expires_at": True},
            "/expires_at",
            "expires_at must be a Unix time in seconds",
        ),
        (
            "integration_prompt",
            TOKEN,
            {"access_token": "t", "scopes": "a"},
            "/scopes",
            "scopes must be a list of texts",
        ),
        ("integration_prompt", KEYS, {}, "/fields", "'fields' is missing: it must be an object"),
        (
            "integration_prompt",
            KEYS,
            {"fields": {"key": "k"}},
            "/fields/region",
            "The field 'region' is missing",
        ),
        (
            "integration_prompt",
            KEYS,
            {"fields": {"key": "k", "region": "eu", "a/b": 1}},
            "/fields/a~1b",
            "The field 'a/b' must be text",
        ),
    ],
)
def test_wrong_answer_says_what_is_wrong_and_where(
    kind: str, payload: JsonObject, answer: JsonObject, pointer: str, text: str, state: Path
) -> None:
    with pytest.raises(WrongAnswer, match=text) as caught:
        read(state, kind, payload, answer)

    assert caught.value.pointer == pointer
    assert not (state / "files").exists()


def test_nothing_of_the_dev_server_itself_is_taken(state: Path) -> None:
    (state / "dev.json").write_text("token")
    (state / "state.db").write_bytes(b"")
    os.symlink(state / "dev.json", state.parent / "link.csv")
    os.link(state / "state.db", state.parent / "hard.csv")

    for path in (".cpsl/dev.json", "link.csv", "hard.csv", "x/../.cpsl/state.db"):
        (state.parent / "x").mkdir(exist_ok=True)
        with pytest.raises(WrongAnswer, match="belongs to the dev server itself"):
            read(state, "file_upload", FILE, {"path": path})


def test_pipe_does_not_hold_the_reader_up(state: Path) -> None:
    os.mkfifo(state.parent / "pipe")

    with pytest.raises(WrongAnswer, match="pipe is not a file"):
        read(state, "file_upload", FILE, {"path": "pipe"})


def test_file_that_is_too_large_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_FILE_BYTES", 3)
    (state.parent / "a.csv").write_bytes(DATA)

    with pytest.raises(WrongAnswer, match=r"a\.csv is larger than 3 bytes, the most that is"):
        read(state, "file_upload", FILE, {"path": "a.csv"})


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_file_that_may_not_be_read_is_refused(state: Path) -> None:
    path = state.parent / "secret"
    path.touch(mode=0o000)

    with pytest.raises(WrongAnswer, match="secret cannot be read: Permission denied"):
        read(state, "file_upload", FILE, {"path": "secret"})


@pytest.mark.parametrize(
    ("kind", "payload", "answer", "extra"),
    [
        (
            "approval_prompt",
            APPROVAL,
            {"approved": True},
            {"approved": True, "timed_out": False},
        ),
        (
            "file_upload",
            FILE,
            {"name": "a", "content_type": "text/csv", "size": 4, "url": "/files/x"},
            {"filename": "a", "content_type": "text/csv", "size": 4, "url": "/files/x"},
        ),
        ("integration_prompt", KEYS, {"credentials": {"fields": {}}}, {"connected": True}),
        ("integration_prompt", KEYS, {"declined": True}, {"connected": False}),
    ],
)
def test_block_says_how_the_prompt_was_answered(
    kind: str, payload: JsonObject, answer: JsonObject, extra: JsonObject
) -> None:
    completed = complete(kind, payload, answer)

    assert completed == {**payload, "completed": True, **extra}
    assert not is_waiting(kind, completed)


@pytest.mark.parametrize("reason", ["timed_out", "cancelled"])
def test_block_says_that_nobody_answered(reason: Any) -> None:
    approval = give_up("approval_prompt", APPROVAL, reason)
    file = give_up("file_upload", FILE, reason)

    assert approval == {
        **APPROVAL,
        "completed": True,
        "approved": False,
        "timed_out": False,
        reason: True,
    }
    assert file == {**FILE, reason: True}
    assert not is_waiting("approval_prompt", approval)
    assert not is_waiting("file_upload", file)


def test_answer_is_read_back_from_the_block() -> None:
    file = {"name": "a", "content_type": "text/csv", "size": 4, "url": "/files/x"}

    def back(kind: str, payload: JsonObject) -> JsonObject | None:
        return answer_of(BlockRecord(id="b", type=kind, payload=payload))

    for approved in (True, False):
        answer = {"approved": approved}
        assert back("approval_prompt", complete("approval_prompt", APPROVAL, answer)) == answer
    assert back("file_upload", complete("file_upload", FILE, file)) == file
    declined = {"declined": True}
    assert back("integration_prompt", complete("integration_prompt", KEYS, declined)) == declined


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("approval_prompt", APPROVAL),
        ("approval_prompt", give_up("approval_prompt", APPROVAL, "timed_out")),
        ("approval_prompt", give_up("approval_prompt", APPROVAL, "cancelled")),
        ("file_upload", give_up("file_upload", FILE, "timed_out")),
        ("file_upload", {**FILE, "completed": True, "filename": "a"}),
        ("integration_prompt", complete("integration_prompt", KEYS, {"credentials": {}})),
        ("image", {"completed": True}),
    ],
)
def test_what_has_no_answer_or_hides_it_gives_none(kind: str, payload: JsonObject) -> None:
    assert answer_of(BlockRecord(id="b", type=kind, payload=payload)) is None
