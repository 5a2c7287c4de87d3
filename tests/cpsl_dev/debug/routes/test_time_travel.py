from __future__ import annotations

from typing import Any

import pytest

from tests.endpoints import Served, wait_until

ASYNC = {"Prefer": "respond-async"}


def test_a_session_is_rewound(served: Served) -> None:
    for text in ("one", "two"):
        served.say("r1", text)

    answer = served.ask("POST", "/sessions/r1/rewind", {"turn": 1})

    assert answer.status == 200
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"'
    assert answer.json() == served.ask("GET", "/sessions/r1").json()
    assert answer.json()["data"] == {"count": 1}
    assert [entry["text"] for entry in answer.json()["history"]] == ["one", "echo one"]
    assert served.say("r1", "three")["turn"] == 3


def test_a_session_is_rewound_to_how_it_was_made(served: Served) -> None:
    served.ask("POST", "/sessions", {"id": "r2", "data": {"count": 40}})
    served.say("r2", "one")

    answer = served.ask("POST", "/sessions/r2/rewind", {"turn": 0})

    assert answer.json()["data"] == {"count": 40}
    assert answer.json()["history"] == []


def test_a_session_is_forked(served: Served) -> None:
    for text in ("one", "two"):
        served.say("f1", text)

    named = served.ask("POST", "/sessions/f1/fork", {"turn": 1, "id": "f:2"})
    unnamed = served.ask("POST", "/sessions/f1/fork", {})

    assert (named.status, unnamed.status) == (201, 201)
    assert named.json()["id"] == "f:2"
    assert named.headers["location"] == "/sessions/f:2"
    assert named.json()["data"] == {"count": 1}
    assert unnamed.json()["data"] == {"count": 2}
    assert served.ask("GET", "/sessions/f:2").json() == named.json()


def test_a_turn_is_replayed_beside_its_session(served: Served) -> None:
    turns = [served.say("p1", text) for text in ("one", "two")]
    before = served.ask("GET", "/sessions/p1").json()

    last = served.ask("POST", "/sessions/p1/replay", {}).json()
    first = served.ask("POST", "/sessions/p1/replay", {"turn": 1}).json()

    assert set(last) == {"before", "after", "diff"}
    assert last["before"] == turns[1]
    assert last["after"]["replies"] == turns[1]["replies"]
    assert last["diff"] == {"replies": "", "blocks": "", "data": [], "same": True}
    assert first["before"] == turns[0]
    assert served.ask("GET", "/sessions/p1").json() == before
    listed = served.ask("GET", "/sessions").json()["sessions"]
    assert not [session["id"] for session in listed if session["id"].startswith("replay-")]


def test_the_data_before_and_after_a_turn_is_read(served: Served) -> None:
    for text in ("one", "two"):
        served.say("d1", text)

    assert served.ask("GET", "/sessions/d1/turns/2/data").json() == {
        "before": {"count": 1},
        "after": {"count": 2},
        "patch": [{"op": "replace", "path": "/count", "value": 2}],
    }


def test_a_session_is_written_as_a_test(served: Served) -> None:
    served.say("e1", "one")

    here = served.ask("GET", "/sessions/e1/export").json()["source"]
    below = served.ask("GET", f"/sessions/e1/export?folder={served.config.entry.folder}/tests")

    assert 'assert texts(answer) == ["echo one"]' in here
    assert "FOLDER = Path(__file__).resolve().parent\n" in here
    assert 'FOLDER = (Path(__file__).resolve().parent / "..").resolve()' in below.json()["source"]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("/sessions/no/rewind", {"turn": 0}, 404, "session-not-found"),
        ("/sessions/x1/rewind", {"turn": 9}, 404, "turn-not-found"),
        ("/sessions/x1/rewind", {"turn": -1}, 404, "turn-not-found"),
        ("/sessions/x1/rewind", {}, 422, "invalid-input"),
        ("/sessions/x1/rewind", {"turn": True}, 422, "invalid-input"),
        ("/sessions/x1/rewind", {"turn": "1"}, 422, "invalid-input"),
        ("/sessions/x1/fork", {"turn": 9}, 404, "turn-not-found"),
        ("/sessions/x1/fork", {"id": "x1"}, 409, "session-exists"),
        ("/sessions/x1/fork", {"id": "a/b"}, 422, "invalid-input"),
        ("/sessions/x1/fork", {"at": 1}, 422, "invalid-input"),
        ("/sessions/x1/replay", {"turn": 9}, 404, "turn-not-found"),
        ("/sessions/x1/replay", {"turn": 0}, 404, "turn-not-found"),
        ("/sessions/no/replay", {}, 404, "session-not-found"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    served: Served, path: str, body: Any, status: int, kind: str
) -> None:
    if served.ask("GET", "/sessions/x1").status == 404:
        served.say("x1", "one")
    before = served.state()

    answer = served.ask("POST", path, body)

    assert (answer.status, answer.kind) == (status, kind)
    assert served.state() == before


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/sessions/no/turns/1/data", "session-not-found"),
        ("/sessions/y1/turns/9/data", "turn-not-found"),
        ("/sessions/y1/turns/x/data", "turn-not-found"),
        ("/sessions/no/export", "session-not-found"),
        ("/sessions/y1/export", "turn-not-found"),
    ],
)
def test_what_is_not_there_is_404(served: Served, path: str, kind: str) -> None:
    served.ask("POST", "/sessions", {"id": "y1"})

    assert served.ask("GET", path).kind == kind


def test_a_turn_that_runs_cannot_be_replayed_or_forked_at(served: Served) -> None:
    served.ask("POST", "/sessions/z1/messages", {"text": "wait"}, headers=ASYNC)
    wait_until(lambda: served.ask("GET", "/sessions/z1/turns/1").json()["status"] == "running")

    answers = [
        served.ask("POST", "/sessions/z1/replay", {}),
        served.ask("POST", "/sessions/z1/fork", {"turn": 1}),
        served.ask("GET", "/sessions/z1/turns/1/data"),
    ]

    assert [(answer.status, answer.kind) for answer in answers] == [(409, "turn-not-over")] * 3
    served.ask("POST", "/sessions/z1/turns/1/cancel")


def test_a_client_that_leaves_ends_its_replay(served: Served) -> None:
    served.ask("POST", "/sessions/g1/messages", {"text": "wait"}, headers=ASYNC)
    wait_until(lambda: served.ask("GET", "/sessions/g1/turns/1").json()["status"] == "running")
    served.ask("POST", "/sessions/g1/turns/1/cancel")

    def scratch(kind: str) -> list[str]:
        events = served.ask("GET", f"/events?kind={kind}&limit=10000").json()["events"]
        return [item["session_id"] for item in events if item["session_id"].startswith("replay-")]

    known = len(scratch("turn.started"))
    with served.connect() as sock:
        headers = {"Content-Type": "application/json", "Content-Length": "2"}
        sock.sendall(served.head("POST", "/sessions/g1/replay", headers) + b"{}")
        wait_until(lambda: len(scratch("turn.started")) > known)

    name = scratch("turn.started")[-1]
    wait_until(lambda: name in scratch("turn.interrupted"))
    wait_until(lambda: served.ask("GET", f"/sessions/{name}").status == 404)
