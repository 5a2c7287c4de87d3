"""Tests of knowing which variables the app sets."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from cpsl_dev.worker.variables import Variables


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CPSL_T_A", "CPSL_T_B"):
        monkeypatch.delenv(name, raising=False)


def is_here(path: str) -> bool:
    return path == __file__


def is_never(path: str) -> bool:
    return False


def record(act: Callable[[], object], is_source: Callable[[str], bool] = is_here) -> Variables:
    variables = Variables()
    with variables.recording(is_source):
        act()
    return variables


def test_what_the_app_sets_and_takes_away_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPSL_T_B", "x")

    def act() -> None:
        os.environ["CPSL_T_A"] = "1"
        os.environ.setdefault("CPSL_T_A", "2")
        del os.environ["CPSL_T_B"]

    assert record(act).set == {"CPSL_T_A": "1", "CPSL_T_B": None}


def test_what_a_library_sets_is_its_own() -> None:
    assert record(lambda: os.environ.update(CPSL_T_A="1"), is_never).set == {}


def test_nothing_is_recorded_afterwards() -> None:
    variables = record(lambda: None)

    os.environ["CPSL_T_A"] = "1"

    assert variables.set == {}


def test_libraries_are_imported_with_what_the_app_had_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CPSL_T_B", "before")
    variables = Variables()

    with variables.warming({"CPSL_T_A": "1", "CPSL_T_B": None}, []):
        seen = (os.environ.get("CPSL_T_A"), os.environ.get("CPSL_T_B"))

    assert seen == ("1", None)
    assert (os.environ.get("CPSL_T_A"), os.environ.get("CPSL_T_B")) == (None, "before")


def test_what_a_library_has_set_meanwhile_stays() -> None:
    with Variables().warming({"CPSL_T_A": "1"}, []):
        os.environ["CPSL_T_A"] = "by a library"

    assert os.environ["CPSL_T_A"] == "by a library"


@pytest.mark.parametrize(
    ("warmed", "ignored", "expected"),
    [
        ({"CPSL_T_A": "1"}, [], []),
        ({"CPSL_T_A": "2"}, [], ["CPSL_T_A"]),
        ({"CPSL_T_A": "2"}, ["CPSL_T_A"], []),
        ({}, [], ["CPSL_T_A"]),
        ({"CPSL_T_A": "1", "CPSL_T_B": "3"}, [], ["CPSL_T_B"]),
    ],
)
def test_what_libraries_may_have_read_otherwise_is_named(
    warmed: dict[str, str | None], ignored: list[str], expected: list[str]
) -> None:
    variables = Variables()
    with variables.warming(warmed, ignored):
        pass
    with variables.recording(is_here):
        os.environ["CPSL_T_A"] = "1"

    assert variables.differing() == expected


def test_a_worker_that_was_not_warmed_has_nothing_to_compare() -> None:
    assert record(lambda: os.environ.update(CPSL_T_A="1")).differing() == []
