from __future__ import annotations

from cpsl_dev.tui.spans import Line
from cpsl_dev.tui.widgets.row_list import RowList
from tests.screens import messages, show


class Rows(RowList):
    count = 100

    @property
    def row_count(self) -> int:
        return self.count

    def line_at(self, index: int) -> Line:
        return ((f"row {index}", ()),)


async def test_cursor_moves_and_stays_in_sight() -> None:
    async with show(Rows(), size=(40, 10)) as (pilot, rows):
        rows.focus()
        await pilot.press("down", "down", "up", "pagedown", "pagedown")
        assert rows.cursor == 19
        assert rows.scroll_offset.y <= 19 < rows.scroll_offset.y + 10

        await pilot.press("end")
        assert rows.cursor == 99
        await pilot.press("down", "home", "up")
        assert (rows.cursor, rows.scroll_offset.y) == (0, 0)


async def test_enter_chooses_the_row() -> None:
    async with show(Rows(), size=(40, 10)) as (pilot, rows):
        rows.focus()
        await pilot.press("down", "enter")

        assert [message.index for message in messages(pilot, RowList.Chosen)] == [1]


async def test_click_moves_and_a_second_one_chooses() -> None:
    async with show(Rows(), size=(40, 10)) as (pilot, rows):
        await pilot.click(rows, offset=(2, 4))
        assert rows.cursor == 4
        assert not messages(pilot, RowList.Chosen)

        await pilot.click(rows, offset=(2, 4))
        assert [message.index for message in messages(pilot, RowList.Chosen)] == [4]


async def test_first_click_into_a_list_chooses_nothing() -> None:
    async with show(Rows(), size=(40, 10)) as (pilot, rows):
        for number in range(2):
            pilot.app.screen.set_focus(None)
            await pilot.pause()
            await pilot.click(rows, offset=(2, 0))
            assert len(messages(pilot, RowList.Chosen)) == number

            await pilot.click(rows, offset=(2, 0))
            assert [message.index for message in messages(pilot, RowList.Chosen)] == [0] * (
                number + 1
            )


async def test_cursor_stays_within_rows_that_become_fewer() -> None:
    async with show(Rows(), size=(40, 10)) as (pilot, rows):
        rows.focus()
        await pilot.press("end")
        rows.count = 3
        rows.rows_changed()

        assert rows.cursor == 2

        rows.count = 0
        rows.rows_changed()
        await pilot.press("enter")

        assert not messages(pilot, RowList.Chosen)


async def test_row_of_the_cursor_stays_where_it_is_when_rows_come_above() -> None:
    async with show(Rows(), size=(40, 10)) as (pilot, rows):
        rows.focus()
        await pilot.press("end", "up", "up")
        seen_at = rows.cursor - rows.scroll_offset.y

        rows.count += 5
        rows.hold(rows.cursor + 5)

        assert rows.cursor == 102
        assert rows.cursor - rows.scroll_offset.y == seen_at


async def test_row_of_the_cursor_is_not_pushed_out_of_sight() -> None:
    async with show(Rows(), size=(40, 10)) as (pilot, rows):
        rows.focus()
        await pilot.press(*["down"] * 9)

        rows.count += 5
        rows.hold(rows.cursor + 5)

        assert rows.scroll_offset.y <= rows.cursor < rows.scroll_offset.y + 10


async def test_rows_above_do_not_scroll_what_is_read_elsewhere() -> None:
    async with show(Rows(), size=(40, 10)) as (_, rows):
        rows.scroll_to(y=50, animate=False, immediate=True, force=True)

        rows.count += 5
        rows.hold(5)

        assert (rows.cursor, rows.scroll_offset.y) == (5, 50)
