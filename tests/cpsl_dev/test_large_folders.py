"""Tests of finding large folders of data."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev import large_folders as module
from cpsl_dev.large_folders import large_folders


def fill(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / str(number)).touch()


def test_only_folders_with_a_great_many_files_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGE_ENTRIES", 10)
    fill(tmp_path / "data" / "deep", 11)
    fill(tmp_path / "few", 3)
    for name in (".git", "node_modules", "venv", "__pycache__"):
        fill(tmp_path / name, 11)

    assert large_folders(tmp_path) == [
        "data holds more than 10 files and is not watched; "
        "only those that the app reads while it is loaded are."
    ]


def test_the_search_ends_when_it_has_cost_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGE_ENTRIES", 10)
    monkeypatch.setattr(module, "_MOST_ENTRIES", 15)
    for name in "abc":
        fill(tmp_path / name, 20)

    assert len(large_folders(tmp_path)) == 1


def test_a_folder_that_is_gone_has_none(tmp_path: Path) -> None:
    assert large_folders(tmp_path / "none") == []
