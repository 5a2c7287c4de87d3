from __future__ import annotations

import time

from tests.endpoints import Serve, Served


def test_health_says_ok_and_nothing_else(served: Served) -> None:
    answer = served.ask("GET", "/health", token=False)

    assert answer.status == 200
    assert answer.body == b'{"status":"ok"}'


def test_status_tells_how_the_app_is(served: Served) -> None:
    status = served.ask("GET", "/status").json()

    assert status["state"] == "ready"
    assert status["entry"] == "app.py"
    assert status["app_name"] == "echo"
    assert status["last_seq"] > 0


def test_status_answers_within_250_ms_while_a_turn_runs(served: Served) -> None:
    served.ask(
        "POST", "/sessions/slow/messages", {"text": "wait"}, headers={"Prefer": "respond-async"}
    )

    started = time.perf_counter()
    assert served.ask("GET", "/status").status == 200
    elapsed = time.perf_counter() - started

    assert elapsed < 0.25
    served.ask("POST", "/sessions/slow/turns/1/cancel")


def test_app_tells_what_is_declared(served: Served) -> None:
    app = served.ask("GET", "/app").json()

    assert app["name"] == "echo"
    assert {handler["kind"] for handler in app["handlers"]} == {"exit", "message"}


def test_app_is_503_until_a_generation_was_loaded(served: Served) -> None:
    server = served.core.server
    original = server.app_description
    try:
        server.app_description = lambda: None  # type: ignore[method-assign]
        answer = served.ask("GET", "/app")
    finally:
        server.app_description = original  # type: ignore[method-assign]

    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["detail"] == (
        "No generation of the app has been loaded yet. GET /status tells why."
    )


def test_reload_waits_for_the_outcome(served: Served) -> None:
    before = served.ask("GET", "/status").json()["generation"]

    outcome = served.ask("POST", "/reload", {}).json()

    assert outcome["outcome"] == "succeeded"
    assert outcome["generation"] == before + 1
    assert served.ask("POST", "/reload").status == 200
    assert served.ask("POST", "/reload", {"force": True}).json()["pointer"] == "/force"


def test_past_reloads_are_listed_newest_first(serve: Serve) -> None:
    served = serve()
    for _ in range(3):
        served.ask("POST", "/reload")

    reloads = served.ask("GET", "/reloads?limit=2").json()["reloads"]

    assert [reload["outcome"] for reload in reloads] == ["succeeded", "succeeded"]
    assert reloads[0]["generation"] > reloads[1]["generation"]
    assert served.ask("GET", "/reloads?limit=0").status == 400
