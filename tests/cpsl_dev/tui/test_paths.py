from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.tui.paths import common_start, path_completions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one.csv", "one.txt", "two.csv", ".hidden", "data/deep.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on", ["one.csv", "one.txt"]),
        ("da", ["data/"]),
        ("data/", ["data/deep.csv"]),
        ("./t", ["./two.csv"]),
        (".", [".hidden"]),
        ("", ["data/", "one.csv", "one.txt", "two.csv"]),
        ("nowhere/x", []),
        ("\0", []),
    ],
)
def test_start_of_a_path_is_completed(folder: Path, text: str, expected: list[str]) -> None:
    assert path_completions(str(folder), text) == expected


def test_absolute_paths_and_the_home_are_understood(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))

    assert path_completions("/nowhere", f"{folder}/tw") == [f"{folder}/two.csv"]
    assert path_completions("/nowhere", "~/tw") == ["~/two.csv"]


def test_offers_are_bounded(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"file{number}").write_text("")

    assert len(path_completions(str(tmp_path), "file")) == 50


def test_common_start() -> None:
    assert common_start(["one.csv", "one.txt"]) == "one."
    assert common_start([]) == ""
