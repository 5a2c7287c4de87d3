from __future__ import annotations

from cpsl_dev.tui.widgets.drag_handle import DragBar, DragHandle
from tests.screens import messages, show


async def test_it_tells_where_it_is_dragged_to_while_it_is_held() -> None:
    async with show(DragBar()) as (pilot, bar):
        await pilot.hover(None, offset=(5, 5))
        await pilot.mouse_down(bar, offset=(3, 0))
        await pilot.hover(None, offset=(9, 7))
        await pilot.mouse_up(None, offset=(9, 7))
        await pilot.hover(None, offset=(1, 1))

        assert {(m.x, m.y) for m in messages(pilot, DragHandle.Dragged)} == {(9, 7)}
