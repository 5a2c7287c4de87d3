"""Tests of what a load was made from."""

from __future__ import annotations

from pathlib import Path

from cpsl.records import JsonObject
from cpsl_dev.load_attempt import failed_load
from cpsl_dev.made_from import MadeFrom, made_from

FOLDER = Path("/p")
FACTS: JsonObject = {
    "sources": {"/p/app.py": "1", "/p/pkg/part.py": None},
    "folders": ["/lib", "/p/pkg"],
    "listed": ["/p/plugins"],
    "missing": ["ujson"],
    "modules": ["yaml", "xml.dom"],
}


def test_a_load_was_made_from_what_its_worker_says() -> None:
    made = made_from(FACTS, {"/p/other.py": "9"}, FOLDER)

    assert made.sources == FACTS["sources"]
    assert made.folders == {"/p", "/lib", "/p/pkg"}
    assert made.listed == {"/p/plugins"}


def test_new_files_matter_where_they_could_hide_or_be_what_was_imported() -> None:
    made = made_from(FACTS, {}, FOLDER)

    assert made.modules is not None
    # What was imported of the app, of libraries by its first name, and what was not found.
    assert made.modules >= {"app", "pkg", "part", "yaml", "xml", "ujson"}
    # A folder becomes a package, or one of several places of one.
    assert "__init__" in made.modules
    assert not made.modules & {"dom", "other", "anything"}


def test_a_failed_load_names_no_modules() -> None:
    facts = {name: value for name, value in FACTS.items() if name != "modules"}

    made = made_from(facts, {}, FOLDER)

    assert made.modules is not None
    assert {"app", "ujson"} <= made.modules
    assert "yaml" not in made.modules


def test_a_load_that_died_was_made_from_what_was_seen_and_any_new_file_matters() -> None:
    seen: dict[str, str | None] = {"/p/app.py": "1"}

    made = made_from(failed_load("import", "WorkerExited", "it died"), seen, FOLDER)
    seen["/p/late.py"] = "2"

    assert made == MadeFrom(sources={"/p/app.py": "1"}, folders=frozenset({"/p"}), modules=None)


def test_imports_look_beside_each_module_and_where_the_path_says() -> None:
    made = MadeFrom(
        sources={"/p/app.py": "1", "/p/pkg/part.py": "2", "/p/data/prompt.txt": "3"},
        folders=frozenset({"/lib"}),
        modules=frozenset({"app"}),
    )

    folders = made.import_folders()

    assert [folder.path for folder in folders] == ["/lib", "/p", "/p/pkg"]
    assert all(folder.modules == frozenset({"app"}) for folder in folders)
    assert all(folder.pattern is None for folder in folders)


def test_in_a_folder_that_was_looked_through_any_module_matters() -> None:
    made = MadeFrom(sources={}, listed=frozenset({"/p/plugins"}), modules=frozenset())

    (folder,) = made.import_folders()

    assert folder.wants("anything.py", is_folder=False)
    assert not folder.wants("notes.txt", is_folder=False)
    assert not folder.wants("2fast.py", is_folder=False)
    assert not folder.wants("anything", is_folder=True)
