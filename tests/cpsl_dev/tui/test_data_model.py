from __future__ import annotations

from typing import Any

import pytest

from cpsl_dev.tui.data_model import PAGE, DataModel, PatchMismatch, parse_pointer


def make_model(data: dict[str, Any]) -> DataModel:
    model = DataModel()
    model.load(data, 1, same_session=False)
    return model


def operation(op: str, path: str, value: Any = None) -> dict[str, Any]:
    return {"op": op, "path": path, "value": value}


def marks(model: DataModel) -> dict[str, tuple[str, Any]]:
    return {"/".join(path): (change.kind, change.old) for path, change in model.changes.items()}


def test_patch_changes_the_data_and_marks_what_it_changed() -> None:
    model = make_model({"notes": ["a"], "n": 1, "old": True})

    model.apply(
        [
            operation("add", "/notes/-", "b"),
            operation("replace", "/n", 2),
            operation("remove", "/old"),
        ],
        cause=1,
    )

    assert model.data == {"notes": ["a", "b"], "n": 2}
    assert marks(model) == {
        "notes/1": ("new", None),
        "n": ("changed", 1),
        "old": ("gone", True),
    }


def test_data_that_was_given_is_never_changed_itself() -> None:
    data = {"a": {"b": [1]}}
    model = make_model(data)

    model.apply([operation("add", "/a/b/0", 0)], cause=1)

    assert (data, model.data) == ({"a": {"b": [1]}}, {"a": {"b": [0, 1]}})


def test_marks_of_one_cause_gather_and_another_takes_them_away() -> None:
    model = make_model({"n": 1, "m": 1})
    model.apply([operation("replace", "/n", 2)], cause="turn 1")
    model.apply([operation("replace", "/n", 3)], cause="turn 1")

    assert marks(model) == {"n": ("changed", 1)}

    model.apply([operation("replace", "/m", 2)], cause="turn 2")

    assert marks(model) == {"m": ("changed", 1)}


def test_value_that_is_new_stays_new_when_it_changes() -> None:
    model = make_model({})
    model.apply([operation("add", "/n", 1)], cause=1)
    model.apply([operation("replace", "/n", 2)], cause=1)

    assert marks(model) == {"n": ("new", None)}


@pytest.mark.parametrize(
    "patch",
    [
        [operation("replace", "/missing", 1)],
        [operation("remove", "/missing")],
        [operation("add", "/n/x", 1)],
        [operation("add", "/list/7", 1)],
        [operation("add", "/list/x", 1)],
        [operation("move", "/n")],
        [operation("add", "/gone/deep", 1)],
        [operation("replace", "", [1])],
        [operation("replace", "/n", 5), operation("remove", "/missing")],
    ],
)
def test_patch_that_does_not_fit_changes_nothing(patch: list[dict[str, Any]]) -> None:
    model = make_model({"n": 1, "list": []})

    with pytest.raises(PatchMismatch):
        model.apply(patch, cause=1)

    assert (model.data, model.changes) == ({"n": 1, "list": []}, {})


def test_changes_deep_inside_are_opened() -> None:
    model = make_model({"a": {"b": {"c": 1}}})

    model.apply([operation("replace", "/a/b/c", 2)], cause=1)

    assert [(row.name, row.depth) for row in model.rows()] == [("a", 0), ("b", 1), ("c", 2)]


def test_containers_open_and_close() -> None:
    model = make_model({"a": {"b": 1}, "n": 2})
    assert [row.name for row in model.rows()] == ["a", "b", "n"]

    model.toggle(model.rows()[0])

    assert [(row.name, row.is_open) for row in model.rows()] == [("a", False), ("n", False)]


def test_value_that_is_gone_is_shown_until_the_next_cause() -> None:
    model = make_model({"a": 1, "b": 2})

    model.apply([operation("remove", "/a")], cause=1)

    assert [(row.name, row.value, bool(row.change)) for row in model.rows()] == [
        ("b", 2, False),
        ("a", 1, True),
    ]


def test_only_the_newest_items_of_a_long_list_are_shown_until_more_are_asked_for() -> None:
    model = make_model({"list": list(range(5_000))})
    model.toggle(model.rows()[0])

    rows = model.rows()
    assert (rows[1].more, rows[-1].value, len(rows)) == (5_000 - PAGE, 4_999, PAGE + 2)

    model.toggle(rows[1])

    assert len(model.rows()) == 11 * PAGE + 2


def test_many_keys_are_shown_in_pages() -> None:
    model = make_model({str(number): number for number in range(150)})

    assert model.rows()[-1].more == 50


def test_marks_stay_when_the_same_session_is_read_again() -> None:
    model = make_model({"n": 1})
    model.apply([operation("replace", "/n", 2)], cause=1)

    model.load({"n": 2}, 2, same_session=True)
    assert marks(model) == {"n": ("changed", 1)}

    model.load({}, 1, same_session=False)
    assert model.changes == {}


def test_pointer_is_unescaped() -> None:
    assert parse_pointer("/a~1b/~0c") == ("a/b", "~c")
    assert parse_pointer("") == ()


def test_change_that_was_read_already_is_only_marked() -> None:
    model = make_model({"n": 1, "list": []})
    model.load({"n": 2, "list": ["a"]}, 2, same_session=True)

    model.mark([operation("replace", "/n", 2), operation("add", "/list/0", "a")], cause=1)

    assert model.data == {"n": 2, "list": ["a"]}
    assert marks(model) == {"n": ("changed", 1), "list/0": ("new", None)}


def test_item_that_moved_up_is_not_marked_as_gone() -> None:
    model = DataModel()
    model.load({"notes": ["a", "b"]}, 1, same_session=False)

    model.apply([{"op": "remove", "path": "/notes/0"}], cause=1)

    assert [(row.name, row.value, row.change) for row in model.rows()[1:]] == [("0", "b", None)]


def test_change_that_was_read_more_than_once_is_marked_as_what_it_was() -> None:
    model = DataModel()
    model.load({}, 1, same_session=False)
    for revision in (2, 3):
        model.load({"notes": ["a"], "n": 2}, revision, same_session=True)

    model.mark([operation("add", "/notes", ["a"])], cause=1)
    model.mark([operation("add", "/n", 1)], cause=1)
    model.mark([operation("replace", "/n", 2)], cause=2)

    assert marks(model) == {"n": ("changed", 1)}
    model.apply([operation("replace", "/n", 3)], cause=3)
    assert marks(model) == {"n": ("changed", 2)}


def test_patch_that_fits_nothing_leaves_later_ones_fitting() -> None:
    model = DataModel()
    model.load({"n": 1}, 1, same_session=False)
    model.load({"n": 1, "list": [0]}, 2, same_session=True)

    with pytest.raises(PatchMismatch):
        model.mark([operation("replace", "/list/0", 0)], cause=1)
    model.apply([operation("replace", "/list/0", 5)], cause=2)

    assert marks(model) == {"list/0": ("changed", 0)}
    assert model.data == {"n": 1, "list": [5]}


def test_data_that_was_read_ahead_of_its_event_is_not_changed_twice() -> None:
    model = DataModel()
    model.load({"notes": ["a"]}, 1, same_session=False)
    model.load({"notes": ["a", "b"]}, 1, same_session=True)

    model.apply([operation("add", "/notes/1", "b")], cause=1)
    assert model.data == {"notes": ["a", "b"]}
    assert marks(model) == {"notes/1": ("new", None)}

    model.apply([operation("add", "/notes/2", "c")], cause=1)
    assert model.data == {"notes": ["a", "b", "c"]}


def test_event_that_is_in_what_was_read_first_changes_nothing() -> None:
    model = DataModel()
    model.load({"notes": ["a"]}, 1, same_session=False)

    model.mark([operation("add", "/notes/0", "a")], cause=1)

    assert (model.data, model.changes) == ({"notes": ["a"]}, {})
