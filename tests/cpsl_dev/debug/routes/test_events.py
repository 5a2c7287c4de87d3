from __future__ import annotations

import pytest

from tests.endpoints import Served, wait_until


@pytest.fixture
def quiet(served: Served) -> Served:
    """A server whose standby is up, so that nothing happens by itself any more."""

    def has_standby() -> bool:
        workers = served.ask("GET", "/status").json()["workers"]
        return "standby" in {worker["state"] for worker in workers}

    wait_until(has_standby)
    # What is on its way to the log is there before what comes now.
    served.say("quiet", "hello")
    return served


def test_events_are_read_in_order_and_next_leads_on(served: Served) -> None:
    served.say("e1", "hello")

    first = served.ask("GET", "/events?limit=5").json()
    second = served.ask("GET", f"/events?limit=5&after={first['next']}").json()

    numbers = [event["seq"] for event in first["events"] + second["events"]]
    assert numbers == list(range(1, 11))
    assert first["next"] == 5


def test_without_more_events_next_is_the_newest(quiet: Served) -> None:
    newest = quiet.core.server.log.last_seq

    assert quiet.ask("GET", f"/events?after={newest}").json() == {"events": [], "next": newest}
    assert quiet.ask("GET", f"/events?after={'9' * 25}").json() == {"events": [], "next": newest}


def test_next_passes_over_what_was_not_asked_for(quiet: Served) -> None:
    newest = quiet.core.server.log.last_seq

    assert quiet.ask("GET", "/events?kind=nothing.*").json() == {"events": [], "next": newest}


def test_kinds_and_sessions_are_chosen(served: Served) -> None:
    served.say("e2", "hello")
    served.say("e3", "boom")

    kinds = served.ask("GET", "/events?kind=turn.*&kind=reply.sent").json()["events"]
    mine = served.ask("GET", "/events?session=e3").json()["events"]

    assert {event["kind"].partition(".")[0] for event in kinds} == {"turn", "reply"}
    assert {event["session_id"] for event in mine} == {"e3"}
    assert "turn.failed" in {event["kind"] for event in mine}


def test_the_newest_can_be_asked_for(quiet: Served) -> None:
    newest = quiet.core.server.log.last_seq

    page = quiet.ask("GET", "/events?newest=true&limit=3").json()

    assert [event["seq"] for event in page["events"]] == [newest - 2, newest - 1, newest]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("after=x", "after must be the number of an event."),
        ("after=-1", "after must be the number of an event."),
        ("after=", "after must be the number of an event."),
        ("limit=0", "limit must be a whole number from 1 to 10000."),
        ("limit=10001", "limit must be a whole number from 1 to 10000."),
        ("limit=x", "limit must be a whole number from 1 to 10000."),
    ],
)
def test_a_wrong_number_is_400(served: Served, query: str, detail: str) -> None:
    answer = served.ask("GET", f"/events?{query}")

    assert answer.status == 400
    assert answer.json()["detail"] == detail


def test_odd_kinds_and_sessions_find_nothing_and_break_nothing(served: Served) -> None:
    for query in (
        "kind=%00",
        "kind=*turn",
        "kind=%27%3B--",
        "session=%00",
        "session=../x",
        "kind=",
    ):
        answer = served.ask("GET", f"/events?{query}")
        assert (answer.status, answer.json()["events"]) == (200, []), query
