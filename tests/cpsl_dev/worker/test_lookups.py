"""Tests of what imports looked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cpsl_dev.worker.lookups import Lookups, import_folders
from cpsl_dev.worker.places import Places


@pytest.fixture
def lookups() -> Iterator[Lookups]:
    found = Lookups()
    found.start()
    yield found
    sys.meta_path.remove(found)


def test_what_nobody_finds_is_noted_by_its_last_name(lookups: Lookups) -> None:
    for name in ("no_such_module_here", "xml.no_such_part"):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(name)

    assert {"no_such_module_here", "no_such_part"} <= lookups.missing


def test_what_is_found_is_not_noted(lookups: Lookups) -> None:
    sys.modules.pop("colorsys", None)

    importlib.import_module("colorsys")

    assert "colorsys" not in lookups.missing


def test_imports_look_in_folders_of_the_app_and_in_its_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ModuleType("pkg")
    (tmp_path / "pkg").mkdir()
    package.__path__ = [str(tmp_path / "pkg"), str(tmp_path / "gone")]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    found = import_folders([package, ModuleType("plain")], Places(tmp_path))

    assert found == [str(tmp_path), str(tmp_path / "pkg")]
