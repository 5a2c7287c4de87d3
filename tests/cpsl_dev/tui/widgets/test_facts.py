from __future__ import annotations

from cpsl_dev.tui.widgets.facts import FactList
from tests.screens import show, text_of


async def test_values_wrap_beside_their_names() -> None:
    async with show(FactList(id="facts"), size=(40, 10)) as (pilot, facts):
        facts.show([("Heading", ""), ("name", "a value of many words that wraps")])
        await pilot.pause()

        lines = text_of(pilot.app).splitlines()[:3]

    assert lines == ["Heading", "name          a value of many words", "              that wraps"]


async def test_narrow_list_gives_the_names_less_room() -> None:
    async with show(FactList(id="facts"), size=(20, 10)) as (pilot, facts):
        facts.show([("id", "s1")])
        await pilot.pause()

        assert text_of(pilot.app).splitlines()[0].startswith("id s1")
