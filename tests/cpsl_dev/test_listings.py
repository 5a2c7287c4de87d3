"""Tests of what a folder holds that matters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cpsl_dev import listings
from cpsl_dev.listings import Folder, Listings, module_name


@pytest.mark.parametrize(
    ("entry", "module"),
    [
        ("helper.py", "helper"),
        ("fast.abi3.so", "fast"),
        ("pkg", "pkg"),
        ("no-name.py", None),
        (".hidden.py", None),
        ("4913", None),
        ("app.py~", None),
        (".#app.py", None),
        ("\udcff.py", None),
    ],
)
def test_an_entry_is_the_module_that_it_would_be_imported_as(
    entry: str, module: str | None
) -> None:
    assert module_name(entry) == module


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_only_modules_that_are_wanted_matter(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py", "c/x.py", "a.txt", "node_modules/x")
    found = Listings()

    some = found.of(Folder(path=str(tmp_path), modules=frozenset({"a", "c"})))
    every = found.of(Folder(path=str(tmp_path), modules=None))

    assert some == {"a.py", "c"}
    assert every == {"a.py", "b.py", "c"}


def test_a_pattern_names_further_files_by_their_whole_path(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "b.txt", "deep/c.md", ".git/x")
    pattern = re.compile(re.escape(str(tmp_path)) + r"/.*\.md\Z")

    flat = Listings().of(Folder(path=str(tmp_path), pattern=pattern))
    deep = Listings().of(Folder(path=str(tmp_path), pattern=pattern, is_deep=True))

    assert flat == {"a.md"}
    assert deep == {"a.md", "deep"}


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert Listings().of(Folder(path=str(tmp_path / "none"), modules=None)) == frozenset()


def test_a_crowded_folder_is_asked_for_single_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "_CROWDED_ENTRIES", 3)
    make(tmp_path, "a.py", "b.py", "c.py", "pkg/x.py", "d.txt")
    folder = Folder(path=str(tmp_path), modules=frozenset({"a", "pkg", "none"}))

    assert Listings().entries(str(tmp_path)) is None
    assert Listings().of(folder) == {"a.py", "pkg"}


def test_a_new_file_is_seen_at_once(tmp_path: Path) -> None:
    found, folder = Listings(), Folder(path=str(tmp_path), modules=None)
    assert found.of(folder) == frozenset()

    make(tmp_path, "a.py")

    assert found.of(folder) == {"a.py"}
