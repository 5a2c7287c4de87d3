from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.core_thread import CoreThread
from cpsl_dev.event_log import Event
from cpsl_dev.exceptions import SessionNotFound
from cpsl_dev.tui import core_link
from cpsl_dev.tui.core_link import CoreLink, trouble_of
from tests.screens import core


async def finish(thread: CoreThread, link: CoreLink, session_id: str, text: str) -> None:
    turn = await link.send(session_id, text)
    await thread.call(thread.server.wait_turn, session_id, turn.turn)


async def test_session_is_read_with_its_newest_turns(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        session = await link.create_session("s1", "ann@example.org")
        await finish(thread, link, "s1", "one")
        await finish(thread, link, "s1", "fail")

        snapshot = await link.snapshot("s1")

        assert (session.user.email, snapshot.session.data) == (
            "ann@example.org",
            {"notes": ["one"]},
        )
        assert [turn.status for turn in snapshot.turns] == ["done", "failed"]
        assert [turn.turn for turn in await link.turns_before("s1", 2)] == [1]
        assert (await link.turn("s1", 2)).error is not None
        assert len((await link.history_before("s1", 2)).history) == 2
        assert [found.id for found in await link.sessions()] == ["s1"]


async def test_turns_after_a_rewind_are_found_though_their_numbers_have_a_gap(
    notebook: Path,
) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        for text in ("one", "two", "three"):
            await finish(thread, link, "s1", text)
        await thread.call(thread.server.time_travel.rewind, "s1", 1)
        await finish(thread, link, "s1", "four")

        assert [turn.turn for turn in (await link.snapshot("s1")).turns] == [1, 4]
        assert [turn.turn for turn in await link.turns_before("s1", 4)] == [1]


async def test_errors_of_the_server_come_through(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)

        with pytest.raises(SessionNotFound, match="There is no session 'nobody'"):
            await link.snapshot("nobody")

        assert await link.sessions() == []


async def test_listener_gets_what_happens_until_it_is_taken_away(notebook: Path) -> None:
    seen: list[Event] = []
    with core(notebook) as thread:
        link = CoreLink(thread)
        await link.listen(seen.extend)
        await link.create_session("s1", None)
        assert "session.created" in [event.kind for event in seen]

        link.stop_listening()
        await link.create_session("s2", None)
        assert "s2" not in [event.session_id for event in seen]


async def test_older_events_are_found_page_by_page(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_link, "_SCAN", 40)
    with core(notebook) as thread:
        link = CoreLink(thread)
        await finish(thread, link, "s1", "stream")
        last = link.last_seq
        assert last > 1_000

        chunks, complete = await link.events_before(last + 1, ("reply.*",), lambda event: True)
        assert [event.seq for event in chunks] == sorted({event.seq for event in chunks})
        assert chunks[-1].kind == "reply.finished"
        assert not complete

        seq, found = last + 1, 0
        while not complete:
            events, complete = await link.events_before(seq, (), lambda event: True)
            found += len(events)
            seq = events[0].seq
        assert (found, seq) == (last, 1)


async def test_status_app_and_reload_are_passed_on(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        outcome = await link.reload()
        description = await link.app_description()

        assert outcome["outcome"] == "succeeded"
        assert (await link.status())["state"] == "ready"
        assert description is not None
        assert description["name"] == "notebook"
        assert link.url == ""
        await link.wait_for_url(timeout_seconds=0.1)


def test_trouble_is_read_from_a_status() -> None:
    error = {"phase": "compile", "type": "SyntaxError", "message": "m", "file": "a.py", "line": 1}

    trouble = trouble_of({"state": "failed", "error": error, "generation": 3})

    assert trouble is not None
    assert (trouble.generation, trouble.error.type, trouble.error.line) == (3, "SyntaxError", 1)
    assert trouble_of({"state": "ready", "error": None}) is None
