from __future__ import annotations

import copy
import pickle
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from cpsl.session_data import SessionData, TrackedDict, TrackedList, track


class Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def changes() -> Counter:
    return Counter()


def make_data(notify: Callable[[], None]) -> SessionData:
    return SessionData({"a": 1, "list": [3, 1, 2], "dict": {"x": {"y": 1}}}, notify)


def test_making_it_is_no_change(changes: Counter) -> None:
    data = make_data(changes)

    assert data == {"a": 1, "list": [3, 1, 2], "dict": {"x": {"y": 1}}}
    assert changes.count == 0


def test_it_can_be_made_like_a_dict() -> None:
    assert SessionData([("a", 1)], b=2) == {"a": 1, "b": 2}
    assert SessionData() == {}


def in_place_or(data: Any) -> None:
    data |= {"b": {}}


def in_place_add(data: Any) -> None:
    items = data["list"]
    items += [4]


def in_place_multiply(data: Any) -> None:
    items = data["list"]
    items *= 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d.__setitem__("a", 2), {"a": 2}),
        (lambda d: d.__delitem__("a"), {"a": None}),
        (lambda d: d.update({"a": 2}, b=3), {"a": 2, "b": 3}),
        (lambda d: d.pop("a"), {"a": None}),
        (lambda d: d.pop("missing", None), {}),
        (lambda d: d.popitem(), {"dict": None}),
        (lambda d: d.clear(), {"a": None, "list": None, "dict": None}),
        (lambda d: d.setdefault("b", [1]), {"b": [1]}),
        (in_place_or, {"b": {}}),
        (lambda d: d["dict"]["x"].__setitem__("y", 2), {"dict": {"x": {"y": 2}}}),
        (lambda d: d["list"].append(4), {"list": [3, 1, 2, 4]}),
        (lambda d: d["list"].extend([4, 5]), {"list": [3, 1, 2, 4, 5]}),
        (lambda d: d["list"].insert(0, 9), {"list": [9, 3, 1, 2]}),
        (lambda d: d["list"].__setitem__(0, 9), {"list": [9, 1, 2]}),
        (lambda d: d["list"].__setitem__(slice(0, 2), [9]), {"list": [9, 2]}),
        (lambda d: d["list"].__delitem__(0), {"list": [1, 2]}),
        (lambda d: d["list"].pop(), {"list": [3, 1]}),
        (lambda d: d["list"].remove(1), {"list": [3, 2]}),
        (lambda d: d["list"].sort(), {"list": [1, 2, 3]}),
        (lambda d: d["list"].sort(key=lambda n: -n), {"list": [3, 2, 1]}),
        (lambda d: d["list"].reverse(), {"list": [2, 1, 3]}),
        (lambda d: d["list"].clear(), {"list": []}),
        (in_place_add, {"list": [3, 1, 2, 4]}),
        (in_place_multiply, {"list": [3, 1, 2, 3, 1, 2]}),
    ],
)
def test_each_way_to_change_it_is_noticed_once(
    change: Callable[[Any], Any], expected: dict[str, Any], changes: Counter
) -> None:
    data = make_data(changes)
    before = dict(data)

    change(data)

    wanted = {key: value for key, value in {**before, **expected}.items() if value is not None}
    assert data == wanted
    assert changes.count == 1


@pytest.mark.parametrize(
    "read",
    [
        lambda d: d["a"],
        lambda d: d.get("missing"),
        lambda d: d.setdefault("a", 5),
        lambda d: list(d.items()),
        lambda d: d["list"][0:2],
        lambda d: d["dict"] | {"z": 1},
        lambda d: d.copy(),
        lambda d: d["list"] + [1],
    ],
)
def test_reading_is_no_change(read: Callable[[Any], Any], changes: Counter) -> None:
    data = make_data(changes)

    read(data)

    assert changes.count == 0


def test_failed_changes_raise_like_those_of_a_dict(changes: Counter) -> None:
    data = make_data(changes)

    with pytest.raises(KeyError):
        del data["missing"]
    with pytest.raises(KeyError):
        data.pop("missing")
    with pytest.raises(IndexError):
        data["list"].pop(9)
    assert changes.count == 0


@pytest.mark.parametrize(
    "put",
    [
        lambda d, value: d.__setitem__("new", value),
        lambda d, value: d.update(new=value),
        lambda d, value: d.setdefault("new", value),
        lambda d, value: d["list"].append(value),
        lambda d, value: d["list"].extend([value]),
        lambda d, value: d["list"].insert(0, value),
        lambda d, value: d["list"].__setitem__(0, value),
        lambda d, value: d["list"].__setitem__(slice(0, 1), [value]),
    ],
)
def test_what_is_put_in_becomes_a_tracked_copy(
    put: Callable[[Any, Any], Any], changes: Counter
) -> None:
    data = make_data(changes)
    value: dict[str, Any] = {"deep": [1]}

    put(data, value)
    before = changes.count
    stored = data.get("new") or next(item for item in data["list"] if isinstance(item, dict))
    stored["deep"].append(2)

    assert changes.count == before + 1
    assert value == {"deep": [1]}
    assert isinstance(stored, TrackedDict)
    assert isinstance(stored["deep"], TrackedList)


def test_value_that_is_inside_already_stays_the_same_object(changes: Counter) -> None:
    data = make_data(changes)

    data["alias"] = data["list"]

    assert data["alias"] is data["list"]


def test_value_of_another_session_is_copied(changes: Counter) -> None:
    data, other = make_data(changes), make_data(Counter())

    data["list"] = other["list"]
    data["list"].append(4)

    assert other["list"] == [3, 1, 2]


def test_values_that_refer_to_themselves_can_be_put_in(changes: Counter) -> None:
    data = make_data(changes)
    loop: dict[str, Any] = {}
    loop["self"] = loop

    data["loop"] = loop

    assert data["loop"]["self"] is data["loop"]


def test_subclasses_of_dict_lose_what_json_cannot_keep(changes: Counter) -> None:
    data = make_data(changes)

    data["counts"] = defaultdict(int, a=1)

    assert data["counts"] == {"a": 1}
    with pytest.raises(KeyError):
        data["counts"]["b"] += 1


def test_objects_are_kept_as_they_are(changes: Counter) -> None:
    data = make_data(changes)
    thing = object()

    data["thing"] = (thing,)

    assert data["thing"][0] is thing


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, copy.copy, lambda d: pickle.loads(pickle.dumps(d))]
)
def test_copies_are_plain(copied: Callable[[Any], Any], changes: Counter) -> None:
    data = make_data(changes)

    result = copied(data)
    items = copied(data["list"])

    assert result == data
    assert type(result) is dict
    assert type(items) is list


def test_deep_copy_of_a_circle_ends(changes: Counter) -> None:
    data = make_data(changes)
    data["self"] = data

    result = copy.deepcopy(data)

    assert result["self"] is result


def test_it_can_be_encoded_as_it_is(changes: Counter) -> None:
    data = make_data(changes)

    assert orjson.loads(orjson.dumps(data)) == data


async def test_set_returns_what_is_stored(changes: Counter) -> None:
    data = make_data(changes)

    stored = await data.set("new", [1])
    stored.append(2)

    assert data["new"] == [1, 2]
    assert changes.count == 2


def test_data_of_no_session_can_be_changed() -> None:
    data = SessionData({"a": []})

    data["a"].append(1)

    assert data == {"a": [1]}


def test_scalars_are_not_wrapped(changes: Counter) -> None:
    assert track("text", changes) == "text"
    assert type(track(True, changes)) is bool
