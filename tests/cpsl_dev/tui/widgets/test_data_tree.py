from __future__ import annotations

from cpsl.records import JsonPatch
from cpsl_dev.tui.data_model import DataModel
from cpsl_dev.tui.widgets.data_tree import DataTree
from tests.screens import messages, show, shown, text_of


def make_tree() -> DataTree:
    model = DataModel()
    model.load({"notes": ["buy coffee"], "n": 1}, 1, same_session=False)
    return DataTree(model)


async def test_values_and_counts_are_shown() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.show()

        await shown(pilot, "▾ notes  [1]", '    0  "buy coffee"', "  n  1")


async def test_what_changed_is_marked() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        patch: JsonPatch = [
            {"op": "add", "path": "/notes/-", "value": "send proposal"},
            {"op": "replace", "path": "/n", "value": 2},
        ]
        tree.model.apply(patch, cause=1)
        tree.show()
        await pilot.pause()
        lines = [line.split() for line in text_of(pilot.app).splitlines()]

        assert ["1", '"send', 'proposal"', "●", "new"] in [line[:5] for line in lines]
        assert ["n", "2", "●", "changed"] in [line[:4] for line in lines]


async def test_old_value_is_one_key_away() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.model.apply([{"op": "replace", "path": "/n", "value": 2}], cause=1)
        tree.show()
        tree.focus()
        await pilot.press("end", "o")

        [message] = messages(pilot, DataTree.Opened)
        assert (message.path, message.value, message.change.old) == ("/n", 2, 1)


async def test_enter_closes_a_container_and_shows_a_value() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.show()
        tree.focus()
        await pilot.press("enter", "down", "enter")

        [message] = messages(pilot, DataTree.Opened)
        assert (tree.row_count, message.path) == (2, "/n")


async def test_value_and_path_can_be_copied() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.show()
        tree.focus()
        await pilot.press("y", "down", "Y")

        assert [(message.what, message.text) for message in messages(pilot, DataTree.Copied)] == [
            ("value", '["buy coffee"]'),
            ("path", "/notes/0"),
        ]


async def test_empty_data_says_so() -> None:
    async with show(DataTree(DataModel()), size=(50, 10)) as (pilot, tree):
        tree.show()
        tree.focus()
        await pilot.press("enter", "o", "y")

        await shown(pilot, "session.data is empty")
        assert not messages(pilot, DataTree.Opened)


async def test_changes_are_asked_for_at_the_cursor() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.show()
        tree.focus()
        await pilot.press("e", "a", "down", "e", "a", "d", "down", "a", "u", "E", "A")

        assert [(message.what, message.path) for message in messages(pilot, DataTree.Wanted)] == [
            ("edit", ("notes",)),
            ("add", ("notes",)),
            ("edit", ("notes", "0")),
            ("add", ("notes",)),
            ("delete", ("notes", "0")),
            ("add", ()),
            ("undo", ()),
            ("edit", ()),
            ("add", ()),
        ]


async def test_without_data_the_whole_of_it_is_edited() -> None:
    async with show(DataTree(DataModel()), size=(50, 10)) as (pilot, tree):
        tree.show()
        tree.focus()
        await pilot.press("e", "a", "d")

        wanted = [(message.what, message.path) for message in messages(pilot, DataTree.Wanted)]
        assert wanted == [("edit", ()), ("add", ())]


async def test_what_is_gone_is_not_deleted_again() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.model.apply([{"op": "remove", "path": "/notes"}], cause=1)
        tree.show()
        tree.focus()
        await pilot.press("end", "d", "a")

        wanted = [(message.what, message.path) for message in messages(pilot, DataTree.Wanted)]
        assert wanted == [("add", ())]


async def test_cursor_stays_with_its_value_when_others_come_above() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.show()
        tree.focus()
        await pilot.press("end", "d")
        tree.model.apply([{"op": "add", "path": "/notes/-", "value": "send proposal"}], cause=1)
        tree.show()
        await pilot.press("d")

        wanted = [message.path for message in messages(pilot, DataTree.Wanted)]
        assert wanted == [("n",), ("n",)]


async def test_click_on_an_arrow_opens_and_closes_at_once() -> None:
    async with show(make_tree(), size=(50, 10)) as (pilot, tree):
        tree.show()
        tree.focus()
        await pilot.press("end")
        await pilot.click(tree, offset=(0, 0))
        await shown(pilot, "▸ notes  [1]", gone="buy coffee")
        await pilot.press("end")
        await pilot.click(tree, offset=(0, 0))
        await shown(pilot, "▾ notes  [1]", "buy coffee")

        await pilot.press("end")
        await pilot.click(tree, offset=(4, 0))
        await pilot.press("e")
        await shown(pilot, "▾ notes  [1]")
        assert [message.path for message in messages(pilot, DataTree.Wanted)] == [("notes",)]
