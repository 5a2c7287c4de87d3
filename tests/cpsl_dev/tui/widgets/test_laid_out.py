from __future__ import annotations

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.laid_out import LaidOut
from tests.screens import show, shown


async def test_lines_are_made_for_the_width_and_made_again() -> None:
    word = ["first"]

    def lay_out(width: int) -> list[Line]:
        return [((f"{word[0]} at {width}", ()),), (("[red]x[/]", ()),)]

    async with show(LaidOut(lay_out, id="lines"), size=(40, 10)) as (pilot, view):
        await shown(pilot, f"first at {view.view_width}", "[red]x[/]")
        await pilot.resize_terminal(60, 10)
        await shown(pilot, f"first at {view.view_width}")

        word[0] = "second"
        view.lay_out_again()
        await shown(pilot, "second at ", gone="first")
