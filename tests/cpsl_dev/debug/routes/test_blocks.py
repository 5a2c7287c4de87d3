from __future__ import annotations

import base64
from typing import Any

import pytest

from cpsl_dev.debug.routes import blocks
from tests.endpoints import Answer, Served, wait_until

ASYNC = {"Prefer": "respond-async"}
PICTURE = b"<svg/>"


def ask(served: Served, session_id: str, text: str) -> str:
    """Send a message whose handler asks; return the path of the prompt."""
    path = f"/sessions/{session_id}"
    turn = served.ask("POST", f"{path}/messages", {"text": text}, headers=ASYNC).json()["turn"]

    def shown() -> list[Any]:
        found: list[Any] = served.ask("GET", f"{path}/turns/{turn}").json()["blocks"]
        return found

    wait_until(lambda: bool(shown()))
    return f"{path}/blocks/{shown()[0]['id']}"


def finished(served: Served, session_id: str) -> Any:
    wait_until(lambda: not served.ask("GET", f"/sessions/{session_id}").json()["busy"])
    return served.ask("GET", f"/sessions/{session_id}/turns").json()["turns"][-1]


def test_a_prompt_is_answered(served: Served) -> None:
    path = ask(served, "b1", "approve")

    answer = served.ask("POST", path, {"approved": True})
    again = served.ask("POST", path, {"approved": True})

    assert answer.status == 200
    assert answer.json()["payload"]["approved"] is True
    assert answer.json()["payload"]["completed"] is True
    assert (again.status, again.kind) == (409, "block-not-waiting")
    assert finished(served, "b1")["blocks"] == [answer.json()]
    assert finished(served, "b1")["replies"][0]["text"] == "True"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/approved"),
        ({"approved": 1}, "/approved"),
        ({"approved": True, "why": "x"}, "/why"),
        ({"path": "a"}, "/path"),
        ([], ""),
        ("yes", ""),
    ],
)
def test_a_wrong_answer_is_422_and_points_at_its_fault(
    served: Served, body: Any, pointer: str
) -> None:
    path = ask(served, "b2", "approve")

    answer = served.ask("POST", path, body)
    served.ask("POST", path, {"approved": False})

    assert (answer.status, answer.kind) == (422, "invalid-input")
    assert answer.json()["pointer"] == pointer
    assert finished(served, "b2")["replies"][0]["text"] == "False"


def test_what_is_not_there_is_404(served: Served) -> None:
    served.say("b3", "hello")

    for path, kind in (
        ("/sessions/b3/blocks/no", "block-not-found"),
        ("/sessions/b3/blocks/%00", "block-not-found"),
        ("/sessions/no/blocks/b", "session-not-found"),
        ("/sessions/a%2Fb/blocks/b", "session-not-found"),
    ):
        answer = served.ask("POST", path, {"approved": True})
        assert (answer.status, answer.kind) == (404, kind)


def test_a_file_comes_with_its_content_or_by_its_path(served: Served) -> None:
    content = base64.b64encode(b"1,2").decode()

    first = served.ask(
        "POST", ask(served, "b4", "upload"), {"name": "../a.csv", "content_base64": content}
    )
    one = finished(served, "b4")["replies"][0]["text"]
    second = served.ask("POST", ask(served, "b4", "upload"), {"path": "app.py"})
    two = finished(served, "b4")["replies"][0]["text"]

    assert (first.status, second.status) == (200, 200)
    assert one == "a.csv 3"
    assert two.startswith("app.py ")
    # Code is kept under no name that an import could find, and served to nobody.
    assert not second.json()["payload"]["url"].endswith(".py")
    assert served.ask("GET", second.json()["payload"]["url"]).status == 404


def test_only_a_client_on_this_machine_names_files(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ask(served, "b5", "upload")
    monkeypatch.setattr(blocks, "_is_local", lambda call: False)

    answer = served.ask("POST", path, {"path": "app.py"})
    served.ask("POST", "/sessions/b5/turns/1/cancel")

    assert answer.status == 422
    assert answer.json()["pointer"] == "/path"
    assert answer.json()["detail"] == (
        "Only a client on this machine can name a file by its path. Send its content."
    )


# Files


def picture(served: Served, name: str = "a.svg") -> str:
    turn = served.say("pictures", f"picture {name}")
    return str(turn["replies"][0]["text"])


def test_a_picture_is_served_as_what_it_is(served: Served) -> None:
    url = picture(served)

    answer = served.ask("GET", url)
    head = served.ask("HEAD", url)

    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-length"] == "6"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == "6"


def test_a_large_file_arrives_whole(served: Served) -> None:
    stored = served.core.server.prompts.files.add(bytes(range(256)) * 8_000, ".png")

    answer = served.ask("GET", stored.url)

    assert answer.body == bytes(range(256)) * 8_000


@pytest.mark.parametrize("name", ["a.html", "a.js", "a.py", "a.txt", "a", "a.json"])
def test_nothing_but_media_is_served(served: Served, name: str) -> None:
    answer = served.ask("GET", picture(served, name))

    assert (answer.status, answer.kind) == (404, "not-found")
    assert PICTURE not in answer.body


def test_a_file_wants_the_token(served: Served) -> None:
    assert served.ask("GET", picture(served), token=False).status == 401


@pytest.mark.parametrize(
    "name",
    [
        "state.db",
        "..%2fstate.db",
        "%2e%2e%2fdev.json",
        "..\\state.db",
        "..%5cstate.db",
        "%2fetc%2fpasswd",
        "0" * 64,
        "0" * 64 + ".png%00",
        "%00",
        "x.png?raw",
        "x" * 5_000,
    ],
)
def test_no_name_leads_out_of_the_folder(served: Served, name: str) -> None:
    answer: Answer = served.ask("GET", f"/files/{name}")

    assert answer.status == 404
    assert b"SQLite" not in answer.body
    assert b"root:" not in answer.body
