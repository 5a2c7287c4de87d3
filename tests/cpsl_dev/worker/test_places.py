"""Tests of which files are the user's."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

import cpsl
from cpsl_dev.worker.places import Places


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    return made


def test_what_lies_in_the_apps_folder_is_the_apps(folder: Path) -> None:
    places = Places(folder)

    for name in ("app.py", "a/b/c.py", "é [x].py"):
        assert places.is_source(str(folder / name))
    for name in ("prompt.txt", "data/config.json", ".env"):
        assert places.is_data(str(folder / name))


def test_a_helper_elsewhere_is_the_apps_too(folder: Path) -> None:
    places = Places(folder)

    assert places.is_source(str(folder.parent / "shared" / "helper.py"))
    assert places.is_data(str(folder.parent / "shared" / "prompt.md"))


@pytest.mark.parametrize("name", ["stdlib", "purelib"])
def test_what_python_and_its_packages_bring_is_not(folder: Path, name: str) -> None:
    places = Places(folder)
    library = sysconfig.get_path(name)

    assert not places.is_source(os.path.join(library, "json", "decoder.py"))
    assert not places.is_data(os.path.join(library, "certifi", "cacert.pem"))


def test_the_runtime_itself_is_not(folder: Path) -> None:
    assert cpsl.__file__ is not None

    assert not Places(folder).is_source(cpsl.__file__)


@pytest.mark.parametrize("path", ["<frozen importlib>", "<string>", "app.py", ""])
def test_what_is_no_file_is_not(folder: Path, path: str) -> None:
    assert not Places(folder).is_source(path)
    assert not Places(folder).is_data(path)


@pytest.mark.parametrize("path", ["/etc/hosts", "/proc/meminfo", "/usr/share/zoneinfo/UTC"])
def test_the_systems_files_are_no_data_of_an_app(folder: Path, path: str) -> None:
    assert not Places(folder).is_data(path)


@pytest.mark.parametrize(
    "name", ["shop.db", "shop.sqlite", "shop.sqlite3", "shop.db-wal", "shop.db-shm", "a-journal"]
)
def test_a_database_is_never_opened_to_look_at_it(folder: Path, name: str) -> None:
    assert not Places(folder).is_data(str(folder / name))


def test_caches_and_the_servers_own_state_do_not_count(folder: Path) -> None:
    places = Places(folder, (folder / ".cpsl",))

    assert not places.is_data(str(folder / ".cpsl" / "dev.json"))
    assert not places.is_data(str(folder / "__pycache__" / "app.cpython-311.pyc"))
    assert places.is_data(str(folder / ".cpslrc"))


def test_an_app_may_lie_where_libraries_do(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages" / "project"
    folder.mkdir(parents=True)

    assert Places(folder).is_source(str(folder / "app.py"))
    assert not Places(folder).is_source(str(tmp_path / "site-packages" / "other.py"))


def test_a_virtual_environment_in_the_project_is_not_the_apps(folder: Path) -> None:
    places = Places(folder)

    assert not places.is_source(str(folder / ".venv/lib/python3.11/site-packages/a.py"))


def test_a_folder_that_is_a_link_counts_by_both_its_names(tmp_path: Path, folder: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(folder)
    places = Places(link)

    assert places.is_source(str(link / "app.py"))
    assert places.is_source(str(folder / "app.py"))
