"""Tests of what the code is made from, with a real watcher on real files."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cpsl.records import JsonObject
from cpsl_dev.contents import hash_file
from cpsl_dev.following import Following
from cpsl_dev.load_settings import SettingsReader
from cpsl_dev.watcher import Watcher
from tests.servers import ECHO_APP, make_config, write_app


class Project:
    """A project with an app, and what follows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = write_app(folder)
        config = make_config(folder)
        self.watcher = Watcher(folder)
        self.following = Following(config.entry, self.watcher, SettingsReader(config, {}))

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def write(self, name: str, text: str) -> str:
        write_app(self.folder, ECHO_APP, {name: text})
        return self.path(name)

    def facts(self, *names: str, **values: Any) -> JsonObject:
        """Return the last word of a load that has read these files."""
        sources = {self.path(name): hash_file(self.path(name)) for name in ("app.py", *names)}
        empty: JsonObject = {"folders": [], "listed": [], "missing": [], "modules": []}
        return {"sources": sources, **empty, **values}

    def load(self, *names: str, **values: Any) -> None:
        """Load the app, from the beginning to the end."""
        self.following.begin()
        facts = self.facts(*names, **values)
        self.following.adopt(facts)
        self.following.watch_adopted(facts)

    def changes(self) -> list[str]:
        """Return what a look finds, relative to the folder."""
        return [path.removeprefix(f"{self.folder}/") for path in self.watcher.look()]


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Project]:
    project = Project(tmp_path / "project")
    project.following.start()
    yield project
    await project.watcher.stop()


async def test_the_app_and_the_settings_are_watched_from_the_start(project: Project) -> None:
    assert {project.path(name) for name in ("app.py", "pyproject.toml", ".env")} <= set(
        project.watcher.files
    )
    assert project.changes() == []


async def test_before_any_load_every_new_module_matters(project: Project) -> None:
    project.write("anything.py", "")

    assert project.changes() == ["anything.py"]


async def test_a_change_of_what_the_code_was_made_from_is_found(project: Project) -> None:
    project.write("prompt.txt", "be kind")
    project.load("prompt.txt")
    assert project.changes() == []

    project.write("prompt.txt", "be brief")

    assert project.changes() == ["prompt.txt"]


async def test_what_changes_while_a_load_runs_is_found_by_its_end(project: Project) -> None:
    path = project.write("prompt.txt", "be kind")
    project.following.begin()
    project.following.note_read(path, hash_file(path))
    facts = project.facts("prompt.txt")

    project.write("prompt.txt", "be brief")
    assert project.changes() == ["prompt.txt"]
    project.following.adopt(facts)
    project.following.watch_adopted(facts)

    assert project.changes() == ["prompt.txt"]


async def test_a_file_that_was_imported_later_is_a_source(project: Project) -> None:
    path = project.write("late.py", "x = 1")
    project.load()
    before = project.following.code_hash

    project.following.note_imported(path, hash_file(path) or "")

    assert project.following.code_hash != before
    project.write("late.py", "x = 2")
    assert project.changes() == ["late.py"]


async def test_the_same_code_has_the_same_hash_wherever_it_lies(tmp_path: Path) -> None:
    first, second = (Project(tmp_path / name) for name in ("a", "b"))

    for project in (first, second):
        project.load()

    assert first.following.code_hash == second.following.code_hash


async def test_what_the_app_writes_while_it_serves_is_no_change(project: Project) -> None:
    path = project.write("state.json", "1")
    project.load("state.json")

    project.following.note_written(path)
    project.write("state.json", "2")

    assert path not in project.following.sources
    assert project.changes() == []
    # Nor when the files are followed anew.
    project.following.watch_again([])
    assert project.changes() == []


async def test_what_the_app_has_written_matters_again_after_the_next_load(
    project: Project,
) -> None:
    path = project.write("state.json", "1")
    project.load("state.json")
    project.following.note_written(path)

    project.load("state.json")
    project.write("state.json", "3")

    assert project.changes() == ["state.json"]


async def test_what_each_load_writes_anew_is_no_reason_for_another(project: Project) -> None:
    path = project.path("stamp.txt")

    def load_and_write(text: str) -> None:
        project.following.begin()
        project.write("stamp.txt", text)
        project.following.note_generated(path)
        facts = project.facts("stamp.txt")
        # It is written once more after it was read.
        project.write("stamp.txt", f"{text}!")
        project.following.adopt(facts)
        project.following.watch_adopted(facts)

    load_and_write("first")
    # It may have been the developer who wrote it: one more load tells.
    assert project.changes() == ["stamp.txt"]

    load_and_write("second")

    assert project.changes() == []


async def test_a_failed_load_is_followed_beside_what_serves(project: Project) -> None:
    project.write("good.py", "x = 1")
    project.load("good.py")
    project.write("bad.py", "x = (")

    project.following.begin()
    project.following.watch_rejected(project.facts("bad.py"))
    assert project.changes() == []

    project.write("good.py", "x = 2")
    project.write("bad.py", "x = 3")
    assert project.changes() == ["bad.py", "good.py"]


async def test_a_load_that_died_is_followed_by_what_it_has_read(project: Project) -> None:
    path = project.write("fatal.py", "import os; os.abort()")
    project.following.begin()
    project.following.note_read(path, None)

    project.following.watch_rejected({"sources": None, "folders": [], "listed": []})
    assert project.changes() == []
    project.write("fatal.py", "")

    assert project.changes() == ["fatal.py"]


async def test_a_file_of_the_settings_is_beside_the_code(project: Project) -> None:
    env, source = project.path(".env"), project.path("app.py")
    project.load()

    assert project.following.is_beside_the_code([env])
    assert not project.following.is_beside_the_code([env, source])


async def test_a_file_of_the_settings_that_the_app_reads_too_is_a_source(
    project: Project,
) -> None:
    env = project.write(".env", "A=1")

    project.load(".env")

    assert not project.following.is_beside_the_code([env])


async def test_an_input_of_a_generator_asks_to_run_it(project: Project) -> None:
    project.write("baml_client/__init__.py", "")
    path = project.write("baml_src/main.baml", "1")
    project.load("baml_client/__init__.py")

    project.write("baml_src/main.baml", "2")
    assert project.changes() == ["baml_src/main.baml"]
    assert project.following.is_beside_the_code([path])
    project.following.begin()
    project.following.watch_again([path])

    said = (
        "baml_src/main.baml has changed: run `baml-cli generate` to bring baml_client up to date."
    )
    assert project.following.hints == [said]
    assert said in project.following.warnings
    project.load("baml_client/__init__.py")
    assert project.following.hints == []


async def test_an_input_that_changes_just_after_the_load_is_not_missed(project: Project) -> None:
    project.write("baml_client/__init__.py", "")
    project.write("baml_src/main.baml", "1")
    project.following.begin()
    facts = project.facts("baml_client/__init__.py")
    project.following.adopt(facts)

    project.write("baml_src/main.baml", "2")
    project.following.watch_adopted(facts)

    assert project.changes() == ["baml_src/main.baml"]


async def test_watch_and_ignore_are_read_anew_with_each_load(project: Project) -> None:
    project.write("notes.md", "1")
    project.write("prompt.txt", "1")
    project.load("prompt.txt")

    project.write("pyproject.toml", '[tool.cpsl]\nwatch = ["*.md"]\nignore = ["prompt.txt"]\n')
    project.load("prompt.txt")
    project.write("notes.md", "2")
    project.write("prompt.txt", "2")

    assert project.changes() == ["notes.md"]


async def test_a_watched_file_that_comes_while_a_load_runs_is_new(project: Project) -> None:
    project.write("pyproject.toml", '[tool.cpsl]\nwatch = ["*.md"]\n')
    project.following.begin()

    project.write("new.md", "1")
    project.following.watch_adopted(project.facts())

    assert project.changes() == ["new.md"]


async def test_files_of_the_serving_generation_that_are_gone_are_named(project: Project) -> None:
    path = project.write("part.py", "")
    project.load("part.py")
    assert project.following.missing() == []

    os.unlink(path)
    project.following.begin()

    assert project.following.missing() == [path]
