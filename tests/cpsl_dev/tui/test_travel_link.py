from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.exceptions import SessionMoved, TurnNotFound
from cpsl_dev.tui.core_link import CoreLink
from tests.cpsl_dev.tui.test_core_link import finish
from tests.screens import core


async def test_turn_is_told_with_its_data_and_its_events(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        await finish(thread, link, "s1", "one")
        await finish(thread, link, "s1", "two")

        story = await link.travel.story("s1", 2)

        assert (story.before, story.after) == ({"notes": ["one"]}, {"notes": ["one", "two"]})
        assert story.patch == [{"op": "add", "path": "/notes/1", "value": "two"}]
        kinds = [event.kind for event in story.events]
        assert (kinds[0], kinds[-1]) == ("message.received", "turn.finished")
        assert {event.turn for event in story.events} == {2}
        with pytest.raises(TurnNotFound, match="has no turn 9"):
            await link.travel.story("s1", 9)


async def test_turn_that_runs_has_no_data_yet(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        turn = await link.send("s1", "wait")

        story = await link.travel.story("s1", turn.turn)

        assert (story.before, story.after) == (None, None)


async def test_session_goes_back_and_is_forked(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        for text in ("one", "two", "three"):
            await finish(thread, link, "s1", text)
        assert await link.travel.turns_after("s1", 1) == [2, 3]

        new_id = await link.travel.fork("s1", 2)
        await link.travel.rewind("s1", 1)

        assert (await link.session("s1"))[0].data == {"notes": ["one"]}
        assert (await link.session(new_id))[0].data == {"notes": ["one", "two"]}
        assert await link.travel.turns_after("s1", 1) == []


async def test_replay_is_kept_only_while_it_is_of_the_last_turn(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        await finish(thread, link, "s1", "one")
        await finish(thread, link, "s1", "two")
        _, first = await link.travel.replay("s1", 1)
        replay, last = await link.travel.replay("s1", None)

        assert (first.is_last, last.is_last, last.is_same) == (False, True, True)
        assert last.data_after == {"notes": ["one", "two"]}
        await link.travel.adopt("s1", replay)
        assert [turn.turn for turn in (await link.snapshot("s1")).turns] == [1, 3]
        with pytest.raises(SessionMoved):
            await link.travel.adopt("s1", replay)


async def test_session_is_exported(notebook: Path) -> None:
    with core(notebook) as thread:
        link = CoreLink(thread)
        await finish(thread, link, "s1", "one")

        assert 'client.send("one", session="s1")' in await link.travel.export("s1", notebook)
