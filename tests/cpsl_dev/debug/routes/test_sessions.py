from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.endpoints import Answer, Served

JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def session(served: Served) -> str:
    """A session that the test has for itself."""
    data = {"notes": ["a"], "count": 1}
    answer = served.ask("POST", "/sessions", {"data": data})
    assert answer.status == 201
    return str(answer.json()["id"])


def patch(served: Served, session: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
    kind = JSON_PATCH if isinstance(body, list) else MERGE_PATCH
    return served.ask(
        "PATCH", f"/sessions/{session}/data", body, headers={**kind, **(headers or {})}
    )


def test_a_session_is_made_as_it_is_described(served: Served) -> None:
    body = {
        "id": "made",
        "user": {"id": "u1", "email": "u1@example.com", "org_id": "acme"},
        "channel": "api",
        "data": {"a": [1, 2]},
    }

    answer = served.ask("POST", "/sessions", body)

    session = answer.json()
    assert answer.status == 201
    assert answer.headers["location"] == "/sessions/made"
    assert answer.headers["etag"] == f'"{session["revision"]}"'
    assert session["user"]["email"] == "u1@example.com"
    assert (session["channel"], session["data"]) == ("api", {"a": [1, 2]})
    assert served.ask("GET", "/sessions/made").json() == session


def test_a_session_needs_no_description(served: Served) -> None:
    first, second = (served.ask("POST", "/sessions").json()["id"] for _ in range(2))

    assert first != second


def test_an_id_that_exists_is_409(served: Served, session: str) -> None:
    answer = served.ask("POST", "/sessions", {"id": session})

    assert answer.status == 409
    assert answer.kind == "session-exists"


@pytest.mark.parametrize("session_id", ["", ".", "..", "a/b", "a b", "ä", "x" * 129, "a\n", "%00"])
def test_an_id_that_cannot_be_one_is_422_when_made_and_404_when_looked_up(
    served: Served, session_id: str
) -> None:
    made = served.ask("POST", "/sessions", {"id": session_id})

    assert made.status == 422
    assert made.json()["pointer"] == "/id"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"id": 1}, "/id"),
        ({"id": True}, "/id"),
        ({"user": "me"}, "/user"),
        ({"user": {"name": "me"}}, "/user/name"),
        ({"user": {"email": 1}}, "/user/email"),
        ({"data": []}, "/data"),
        ({"data": None}, "/data"),
        ({"channel": {}}, "/channel"),
        ({"title": "x"}, "/title"),
    ],
)
def test_a_wrong_description_is_422_and_names_the_field(
    served: Served, body: dict[str, Any], pointer: str
) -> None:
    answer = served.ask("POST", "/sessions", body)

    assert answer.status == 422
    assert answer.json()["pointer"] == pointer


def test_sessions_are_listed(served: Served, session: str) -> None:
    listed = served.ask("GET", "/sessions").json()["sessions"]

    found = next(item for item in listed if item["id"] == session)
    assert {"id", "title", "user", "channel", "turns", "busy", "updated_at"} <= set(found)


def test_history_is_paged(served: Served, session: str) -> None:
    for number in range(3):
        served.say(session, f"m{number}")

    newest = served.ask("GET", f"/sessions/{session}/history?limit=2").json()
    older = served.ask(
        "GET", f"/sessions/{session}/history?limit=2&before={newest['history'][0]['index']}"
    ).json()

    assert newest["total"] == 6
    assert [entry["text"] for entry in newest["history"]] == ["m2", "echo m2"]
    assert [entry["text"] for entry in older["history"]] == ["m1", "echo m1"]
    assert served.ask("GET", f"/sessions/{session}/history?before=0").json()["history"] == []
    assert served.ask("GET", f"/sessions/{session}/history?before=x").status == 400


def test_a_deleted_session_is_gone_and_its_exit_hook_has_run(served: Served, session: str) -> None:
    before = served.core.server.log.last_seq

    answer = served.ask("DELETE", f"/sessions/{session}")

    assert answer.status == 204
    assert answer.body == b""
    assert served.ask("GET", f"/sessions/{session}").status == 404
    assert served.ask("DELETE", f"/sessions/{session}").status == 404
    with served.stream(f"/events?after={before}&kind=output.written") as events:
        assert events.next_event()["text"].startswith(f"left {session}")


def test_a_merge_patch_changes_and_removes(served: Served, session: str) -> None:
    answer = patch(served, session, {"count": None, "new": {"a": 1}})

    assert answer.status == 200
    assert answer.json()["data"] == {"notes": ["a"], "new": {"a": 1}}
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"'


def test_a_json_patch_is_all_or_nothing(served: Served, session: str) -> None:
    good = patch(served, session, [{"op": "add", "path": "/notes/-", "value": "b"}])
    bad = patch(
        served,
        session,
        [{"op": "remove", "path": "/count"}, {"op": "remove", "path": "/nothing"}],
    )

    assert good.json()["data"]["notes"] == ["a", "b"]
    assert bad.status == 422
    assert served.ask("GET", f"/sessions/{session}").json()["data"] == good.json()["data"]


def test_a_failed_test_is_409(served: Served, session: str) -> None:
    answer = patch(served, session, [{"op": "test", "path": "/count", "value": 2}])

    assert answer.status == 409
    assert answer.kind == "test-failed"


@pytest.mark.parametrize("form", ['"{}"', "{}"])
def test_a_revision_is_honoured(served: Served, session: str, form: str) -> None:
    revision = served.ask("GET", f"/sessions/{session}").json()["revision"]
    match = {"If-Match": form.format(revision)}

    first = patch(served, session, {"a": 1}, match)
    second = patch(served, session, {"a": 2}, match)

    assert first.status == 200
    assert second.status == 412
    assert second.kind == "revision-moved"
    assert patch(served, session, {"a": 3}, {"If-Match": "*"}).status == 200


@pytest.mark.parametrize("match", ['"x"', 'W/"1"', '"1", "2"', '"1', "", "-1", "9" * 30])
def test_a_revision_that_is_none_is_400(served: Served, session: str, match: str) -> None:
    answer = patch(served, session, {"a": 1}, {"If-Match": match})

    assert answer.status == 400
    assert answer.json()["detail"] == 'If-Match must be one revision, such as "7" or 7, or *.'


@pytest.mark.parametrize(
    ("headers", "body", "detail"),
    [
        (JSON_PATCH, {"a": 1}, "A JSON patch is a list of operations."),
        (MERGE_PATCH, [], "session.data is an object: a merge patch must be one, too."),
    ],
)
def test_a_patch_of_the_other_kind_is_422(
    served: Served, session: str, headers: dict[str, str], body: Any, detail: str
) -> None:
    answer = served.ask("PATCH", f"/sessions/{session}/data", body, headers=headers)

    assert answer.status == 422
    assert answer.json()["detail"] == detail


@pytest.mark.parametrize(
    "body",
    [
        b"1",
        b"null",
        b'"x"',
        b"[1]",
        b'[{"op": "nope", "path": "/a"}]',
        b'[{"op": "add"}]',
        b'[{"op": "add", "path": "a", "value": 1}]',
        b'[{"op": "add", "path": "/a"}]',
        b'[{"op": "replace", "path": "", "value": []}]',
        b'[{"op": "copy", "from": "/x", "path": "/y"}]',
        b'[{"op": "add", "path": "/notes/99", "value": 1}]',
        b'[{"op": "add", "path": "/a\\u0000", "value": 1}]',
    ],
)
def test_a_patch_that_makes_no_sense_is_422_and_changes_nothing(
    served: Served, session: str, body: bytes
) -> None:
    before = served.ask("GET", f"/sessions/{session}").json()

    answer = served.ask("PATCH", f"/sessions/{session}/data", body, headers=JSON_PATCH)

    assert answer.status == 422
    assert served.ask("GET", f"/sessions/{session}").json() == before


def test_a_patch_of_a_session_that_is_not_there_is_404(served: Served) -> None:
    assert patch(served, "nobody", {"a": 1}).status == 404


def test_a_patch_is_an_event(served: Served, session: str) -> None:
    before = served.core.server.log.last_seq

    patch(served, session, {"count": 5})

    events = served.ask("GET", f"/events?after={before}&kind=data.changed").json()["events"]
    assert orjson.loads(orjson.dumps(events[0]["patch"])) == [
        {"op": "replace", "path": "/count", "value": 5}
    ]
    assert events[0]["origin"] == "client"
