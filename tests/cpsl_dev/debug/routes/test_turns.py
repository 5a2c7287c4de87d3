from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from tests.endpoints import APP, Served, running_endpoint, wait_until

ASYNC = {"Prefer": "respond-async"}


def test_a_message_is_answered_with_its_turn(served: Served) -> None:
    turn = served.say("t1", "hello")

    assert turn["status"] == "done"
    assert turn["replies"] == [{"text": "echo hello", "streamed": False}]
    assert turn["message"]["text"] == "hello"
    assert turn["turn"] == 1
    assert turn["data_patch"] == [{"op": "add", "path": "/count", "value": 1}]


def test_a_handler_that_raises_is_200_with_a_failed_turn(served: Served) -> None:
    turn = served.say("t2", "boom it broke")

    assert turn["status"] == "failed"
    assert turn["error"]["type"] == "ValueError"
    assert turn["error"]["message"] == "it broke"


def test_respond_async_is_answered_at_once_with_where_to_look(served: Served) -> None:
    answer = served.ask("POST", "/sessions/t:3/messages", {"text": "hello"}, headers=ASYNC)

    assert answer.status == 202
    assert answer.headers["location"] == "/sessions/t%3A3/turns/1"
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.json()["status"] in ("queued", "running")
    wait_until(lambda: served.ask("GET", answer.headers["location"]).json()["status"] == "done")


def test_turns_are_listed_and_read(served: Served) -> None:
    first, second = served.say("t4", "one"), served.say("t4", "two")

    assert served.ask("GET", "/sessions/t4/turns").json() == {"turns": [first, second]}
    assert served.ask("GET", "/sessions/t4/turns/2").json() == second


@pytest.mark.parametrize("number", ["0", "2", "x", "-1", "1.0", "999999999", "1" * 30])
def test_a_turn_that_is_not_there_is_404(served: Served, number: str) -> None:
    served.ask("POST", "/sessions", {"id": "t5"})

    assert served.ask("GET", f"/sessions/t5/turns/{number}").kind == "turn-not-found"
    assert served.ask("POST", f"/sessions/t5/turns/{number}/cancel").status == 404


def test_a_running_turn_and_a_waiting_one_can_be_cancelled(served: Served) -> None:
    for text in ("wait", "never run"):
        served.ask("POST", "/sessions/t6/messages", {"text": text}, headers=ASYNC)

    waiting = served.ask("POST", "/sessions/t6/turns/2/cancel").json()
    running = served.ask("POST", "/sessions/t6/turns/1/cancel", {}).json()
    again = served.ask("POST", "/sessions/t6/turns/1/cancel")

    assert (waiting["status"], waiting["replies"]) == ("interrupted", [])
    assert running["status"] == "interrupted"
    assert again.status == 409
    assert again.kind == "turn-over"


def test_more_than_a_hundred_waiting_turns_are_too_many(served: Served) -> None:
    answers = [
        served.ask("POST", "/sessions/t7/messages", {"text": "wait"}, headers=ASYNC)
        for _ in range(102)
    ]

    full = [answer for answer in answers if answer.status == 429]
    assert full
    assert full[0].kind == "queue-full"
    assert full[0].headers["retry-after"] == "1"
    assert served.ask("DELETE", "/sessions/t7").status == 204


@pytest.mark.parametrize("session_id", ["%00", "a%2Fb", "%2e%2e", "x" * 200, "a%20b"])
def test_a_message_cannot_make_a_session_with_an_impossible_id(
    served: Served, session_id: str
) -> None:
    before = served.state()

    answer = served.ask("POST", f"/sessions/{session_id}/messages", {"text": "hi"})

    assert answer.status in (404, 422)
    assert served.state() == before


def test_the_command_line_is_told_apart_from_other_clients(served: Served) -> None:
    before = served.core.server.log.last_seq
    for agent in ("cpsl-cli/1.0", "curl/8"):
        headers = {"User-Agent": agent}
        served.ask("POST", "/sessions/t8/messages", {"text": "hi"}, headers=headers)

    events = served.ask("GET", f"/events?after={before}&kind=message.received").json()["events"]
    assert [event["source"] for event in events] == ["cli", "http"]


def test_a_turn_through_the_endpoint_is_quick(served: Served) -> None:
    times = []
    for _ in range(50):
        started = time.perf_counter()
        served.say("t9", "hello")
        times.append(time.perf_counter() - started)

    # The goal is 5 ms; this only catches that something waits that should not.
    assert statistics.median(times) < 0.1


def test_a_fresh_message_is_answered_by_what_was_saved_last(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    app.write_text(APP, "utf-8")
    fresh = {"text": "hi", "fresh": True}
    with running_endpoint(tmp_path, tmp_path / ".cpsl", {}) as served:
        app.write_text(APP.replace('f"echo {', 'f"new {'), "utf-8")
        first = served.ask("POST", "/sessions/f1/messages", fresh).json()
        app.write_text(APP + "x = (\n", "utf-8")
        second = served.ask("POST", "/sessions/f1/messages", fresh)
        turns = served.ask("GET", "/sessions/f1/turns").json()["turns"]

    assert first["replies"] == [{"text": "new hi", "streamed": False}]
    assert (second.status, second.kind) == (409, "code-not-live")
    assert "SyntaxError: '(' was never closed (app.py, line 43)" in second.json()["detail"]
    assert [turn["turn"] for turn in turns] == [1]


def test_a_client_that_gives_up_waiting_for_new_code_leaves_no_message(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    app.write_text(APP, "utf-8")
    with running_endpoint(tmp_path, tmp_path / ".cpsl", {}) as served:
        app.write_text(f"import time\ntime.sleep(60)\n{APP}", "utf-8")
        body = b'{"text": "hi", "fresh": true}'
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        with served.connect() as sock:
            sock.sendall(served.head("POST", "/sessions/f2/messages", headers) + body)
            wait_until(lambda: served.ask("GET", "/status").json()["state"] == "reloading")
        wait_until(lambda: served.connections() == 0)
        app.write_text(APP, "utf-8")
        wait_until(lambda: served.ask("GET", "/status").json()["state"] == "ready")

        assert served.ask("GET", "/sessions/f2").status == 404
