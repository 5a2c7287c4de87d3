from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cpsl_dev.cli.client import DevClient, find_client, session_path
from cpsl_dev.cli.exits import Failure, NoServer
from cpsl_dev.debug.discovery import RunningServer, write_running
from cpsl_dev.exceptions import UsageError
from tests.endpoints import Served


@pytest.fixture
def client(served: Served) -> DevClient:
    return DevClient(served.endpoint.url, served.token)


@pytest.fixture
def mute() -> Iterator[str]:
    """A server that takes a connection and closes it without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(1_000)
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_it_reads_and_writes(client: DevClient) -> None:
    turn = client.post(session_path("c1", "messages"), {"text": "hi"})

    assert turn["status"] == "done"
    assert client.get("/events", {"session": "c1", "limit": 1, "after": None})["events"]


def test_events_of_a_turn_end_with_the_turn(client: DevClient) -> None:
    kinds = [event["kind"] for event in client.post_events("/sessions/c2/messages", {"text": "x"})]

    assert kinds[-1] == "turn.finished"


def test_following_goes_on_where_it_was_cut_off(served: Served, client: DevClient) -> None:
    start = served.core.server.log.last_seq
    events = client.follow_events({"after": start, "kind": ["mark"]})
    served.record("mark", number=1)
    first = next(events)
    running = served.endpoint._running
    assert running is not None
    for connection in running.connections.connections:
        served.core.post(connection.force_close)
    served.record("mark", number=2)

    second = next(events)
    events.close()

    assert (first["number"], second["number"]) == (1, 2)


@pytest.mark.parametrize(
    ("path", "said", "code"),
    [
        ("/sessions/nobody", "There is no session 'nobody'.", 2),
        ("/events?after=x", "after must be the number of an event.", 2),
    ],
)
def test_a_problem_document_is_said_in_its_words(
    client: DevClient, path: str, said: str, code: int
) -> None:
    with pytest.raises(Failure) as caught:
        client.get(path)

    assert (caught.value.message, caught.value.exit_code) == (said, code)


def test_a_wrong_token_is_wrong_use(served: Served) -> None:
    with pytest.raises(Failure, match="Authorization: Bearer TOKEN") as caught:
        DevClient(served.endpoint.url, "wrong").get("/status")

    assert caught.value.exit_code == 2


def test_nobody_listening_is_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(NoServer, match=f"No dev server answers at {url}: Connection refused") as e:
        DevClient(url, None).get("/status")

    assert str(e.value).endswith("Start one with: cpsl dev")


def test_a_server_that_goes_away_is_no_server(mute: str) -> None:
    with pytest.raises(NoServer, match="Remote end closed connection without response"):
        DevClient(mute, None).get("/status")


@pytest.mark.parametrize(
    "url",
    ["", "4600", "localhost:4600", "https://localhost", "http://", "http://a:b", "http://h/x"],
)
def test_an_address_that_is_none_is_wrong_use(url: str) -> None:
    with pytest.raises(UsageError, match=r"is not the address of a dev server\. It looks like"):
        DevClient(url, None)


def test_a_session_path_can_hold_any_id() -> None:
    assert session_path("a/b c", "messages") == "/sessions/a%2Fb%20c/messages"
    assert session_path("s1") == "/sessions/s1"


def test_the_server_of_the_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CPSL_DEV_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    assert find_client(url=None, token_file=None) is None
    (tmp_path / ".cpsl").mkdir()
    server = RunningServer(url="http://127.0.0.1:1", token="found", pid=os.getpid(), entry="app.py")
    write_running(tmp_path / ".cpsl", server)
    (tmp_path / "token").write_text("given", "utf-8")

    def token_of(client: DevClient | None) -> str | None:
        assert client is not None
        return client._headers.get("Authorization")

    found = find_client(url=None, token_file=None)
    assert found is not None
    assert found.url == "http://127.0.0.1:1"
    assert token_of(found) == "Bearer found"
    assert token_of(find_client(url="http://127.0.0.1:1/", token_file=None)) == "Bearer found"
    assert token_of(find_client(url="http://127.0.0.1:2", token_file=None)) is None
    assert token_of(find_client(url=None, token_file=tmp_path / "token")) == "Bearer given"
    assert find_client(url=None, token_file=None, folder=tmp_path / "other") is None
    monkeypatch.setenv("CPSL_DEV_TOKEN", "variable")
    assert token_of(find_client(url="http://127.0.0.1:2", token_file=None)) == "Bearer variable"


def test_a_failure_is_a_click_exception() -> None:
    assert issubclass(Failure, click.ClickException)
