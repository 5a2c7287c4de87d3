"""Tests of the patterns of `watch` and `ignore`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev import patterns
from cpsl_dev.patterns import Patterns

BASE = Path("/p.r[o]j")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("prompts", "prompts/a.md", True),
        ("prompts", "deep/prompts/a.md", True),
        ("prompts/", "prompts/a.md", True),
        ("./prompts", "prompts/deep/a.md", True),
        ("/prompts", "prompts/a.md", False),
        ("prompts", "other/a.md", False),
        ("*.md", "a.md", True),
        ("*.md", "deep/er/a.md", True),
        ("*.md", "a.mdx", False),
        ("data/*.json", "data/a.json", True),
        ("data/*.json", "data/deep/a.json", False),
        ("data/**/*.json", "data/a.json", True),
        ("data/**/*.json", "data/deep/er/a.json", True),
        ("data/?.txt", "data/a.txt", True),
        ("data/[ab].txt", "data/b.txt", True),
        ("data/[!ab].txt", "data/b.txt", False),
        ("a+b.txt", "a+b.txt", True),
    ],
)
def test_a_pattern_matches_as_a_reader_expects(pattern: str, path: str, expected: bool) -> None:
    assert Patterns([pattern], BASE).matches(f"{BASE}/{path}") is expected


def test_a_pattern_can_lead_out_of_the_project() -> None:
    assert Patterns(["../lib/*.py"], Path("/a/b")).matches("/a/lib/x.py")
    assert Patterns(["/etc/app.conf"], Path("/a/b")).matches("/etc/app.conf")


def test_no_pattern_matches_nothing() -> None:
    found = Patterns(["", " ", "."], BASE)

    assert not found
    assert not found.matches(f"{BASE}/a")
    assert found.find() == ([], [], [])


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_files_that_are_named_are_found_but_no_databases(tmp_path: Path) -> None:
    make(tmp_path, "p/a.md", "p/deep/b.md", "p/x.db", ".venv/c.md", "node_modules/d.md", "e.md")

    in_folder = Patterns(["p"], tmp_path).find()
    by_name = Patterns(["*.md"], tmp_path).find()

    assert in_folder[0] == [f"{tmp_path}/p/a.md", f"{tmp_path}/p/deep/b.md"]
    assert {folder.path for folder in in_folder[1]} == {f"{tmp_path}/p", f"{tmp_path}/p/deep"}
    assert by_name[0] == [
        f"{tmp_path}/e.md",
        f"{tmp_path}/p/a.md",
        f"{tmp_path}/p/deep/b.md",
    ]


def test_a_pattern_of_one_level_does_not_look_deeper(tmp_path: Path) -> None:
    make(tmp_path, "p/a.md", "p/deep/b.md")

    files, folders, _ = Patterns(["p/*.md"], tmp_path).find()

    assert files == [f"{tmp_path}/p/a.md"]
    assert [folder.path for folder in folders] == [f"{tmp_path}/p"]


def test_a_file_that_is_not_there_yet_has_its_folder_watched(tmp_path: Path) -> None:
    files, folders, _ = Patterns(["./local.json"], tmp_path).find()

    assert files == [f"{tmp_path}/local.json"]
    assert [folder.path for folder in folders] == [str(tmp_path)]
    assert folders[0].wants("local.json", is_folder=False)
    assert not folders[0].wants("other.json", is_folder=False)


def test_a_pattern_that_means_too_much_is_cut_off_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "_MOST_ENTRIES", 3)
    make(tmp_path, *(f"data/{number}" for number in range(5)))

    _, _, warnings = Patterns(["data"], tmp_path).find()

    assert warnings == ["watch = 'data' means more than 3 files: only some of them are watched"]
