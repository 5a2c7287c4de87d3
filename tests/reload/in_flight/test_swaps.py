"""What is under way when a save comes: edits and requests at the moment of the swap."""

from __future__ import annotations

import http.client
import itertools
from contextlib import closing
from functools import partial

import orjson

from tests.reload.conftest import Start
from tests.reload.crowd import Crowd
from tests.reload.endpoint import Json, wait_until
from tests.reload.harness import Program
from tests.reload.in_flight.steps import begin_slow_import, save
from tests.reload.project import Project

# Edits and requests at the moment of a swap


def test_row_127_edits_at_the_swap_are_applied_once(dev: Program) -> None:
    kept: dict[str, list[str]] = {f"edited-{number}": [] for number in range(3)}
    for session in kept:
        dev.request("POST", "/sessions", {"id": session, "data": {"edits": []}})
    mark = dev.mark()

    def edit(session: str) -> None:
        value = str(len(kept[session]))
        status, answer = dev.request(
            "PATCH",
            f"/sessions/{session}/data",
            [{"op": "add", "path": "/edits/-", "value": value}],
            headers={"Content-Type": "application/json-patch+json"},
        )
        assert status in (200, 409, 503), answer
        if status == 200:
            kept[session].append(value)

    said: list[str] = []

    def talk() -> None:
        said.append(f"{len(said)}")
        dev.ask(f"item {said[-1]}", "edited-0")

    with Crowd(*(partial(edit, session) for session in kept), talk, leave=dev.disconnect):
        for number in itertools.count(1):
            save(dev, f"m{number}")
            if number >= 10 and _count_edits_in_gaps(dev, mark) >= 100:
                break
            assert number < 100, "the edits do not meet the swaps"

    for session, edits in kept.items():
        assert dev.get(f"/sessions/{session}")["data"]["edits"] == edits
    assert dev.get("/sessions/edited-0")["data"]["items"] == said


def _count_edits_in_gaps(dev: Program, mark: int) -> int:
    count, is_reloading = 0, False
    for event in dev.since(mark, "reload.started", "reload.succeeded", "data.changed"):
        if event["kind"] == "data.changed":
            count += is_reloading and event["origin"] == "client"
        else:
            is_reloading = event["kind"] == "reload.started"
    return count


def test_row_128_requests_during_a_reload_are_coalesced(dev: Program) -> None:
    mark = dev.mark()
    before = dev.status()["generation"]
    begin_slow_import(dev)
    requests = [begin_request(dev, "POST", "/reload") for _ in range(3)]
    # Answers to what was asked later: by now the requests are taken.
    assert [dev.status()["state"] for _ in range(5)] == ["reloading"] * 5

    dev.project.write("uploads/go", "")

    answers = [finish_request(request) for request in requests]
    assert [answer["outcome"] for answer in answers] == ["succeeded"] * 3
    assert {answer["generation"] for answer in answers} == {before + 1}
    dev.wait_outcome(mark)
    dev.wait_all_read()
    assert dev.outcomes(mark) == ["succeeded"]
    assert dev.status()["generation"] == before + 1


def begin_request(dev: Program, method: str, path: str) -> http.client.HTTPConnection:
    """Send a request without waiting for its answer."""
    found = orjson.loads(dev.project.path(".cpsl/dev.json").read_bytes())
    connection = http.client.HTTPConnection(found["url"].removeprefix("http://"), timeout=20)
    headers = {"Authorization": f"Bearer {found['token']}", "Content-Type": "application/json"}
    connection.request(method, path, b"{}", headers)
    return connection


def finish_request(connection: http.client.HTTPConnection) -> Json:
    with closing(connection):
        answer: Json = orjson.loads(connection.getresponse().read())
    return answer


def test_row_129_nothing_is_reloaded_with_no_reload(start: Start, own_project: Project) -> None:
    dev = start(own_project, "--no-reload")
    mark = dev.mark()

    dev.project.edit("app.py", '"m0"', '"m1"')
    dev.project.edit("helper.py", '"h0"', '"h1"')
    pending = wait_until(
        lambda: (now := dev.status())["pending"] == ["app.py", "helper.py"] and now,
        what="the status names what is pending",
    )

    assert "main=m0 h=h0" in dev.ask("?")
    assert pending["state"] == "ready"
    assert dev.since(mark, "reload.started") == []
    assert dev.reload()["outcome"] == "succeeded"
    assert "main=m1 h=h1" in dev.ask("?")
    assert dev.status()["pending"] == []
