"""Tests of finding the app and reading settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl_dev.config import Config, Entry, find_entry, read_project, with_settings
from cpsl_dev.exceptions import UsageError


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_file_is_found_with_its_folder_and_module(tmp_path: Path) -> None:
    write(tmp_path, "app.py")

    assert find_entry("app.py", tmp_path) == Entry(
        text="app.py", folder=tmp_path, file=tmp_path / "app.py", module="app", symbol=None
    )


def test_a_symbol_names_the_app_in_the_file(tmp_path: Path) -> None:
    write(tmp_path, "app.py")

    entry = find_entry("app.py:chat", tmp_path)

    assert (entry.text, entry.symbol) == ("app.py:chat", "chat")


@pytest.mark.parametrize("name", ["app.py", "main.py"])
@pytest.mark.parametrize("text", [".", "./"])
def test_a_folder_is_searched_for_the_usual_names(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name)

    assert find_entry(text, tmp_path).file == tmp_path / name


def test_app_comes_before_main(tmp_path: Path) -> None:
    write(tmp_path, "project/app.py", "project/main.py")

    entry = find_entry("project", tmp_path)

    assert (entry.folder, entry.module) == (tmp_path / "project", "app")


def test_a_file_in_a_package_is_imported_as_part_of_it(tmp_path: Path) -> None:
    write(tmp_path, "src/shop/__init__.py", "src/shop/chat/__init__.py", "src/shop/chat/app.py")

    entry = find_entry("src/shop/chat/app.py", tmp_path)

    assert (entry.folder, entry.module) == (tmp_path / "src", "shop.chat.app")
    assert entry.text == "shop/chat/app.py"


@pytest.mark.parametrize("text", ["shop.app", "shop.app:app"])
def test_a_module_is_found_by_its_name(tmp_path: Path, text: str) -> None:
    write(tmp_path, "shop/__init__.py", "shop/app.py")

    entry = find_entry(text, tmp_path)

    assert (entry.folder, entry.module) == (tmp_path, "shop.app")
    assert entry.file == tmp_path / "shop" / "app.py"
    assert entry.text == text


def test_a_package_is_a_module_too(tmp_path: Path) -> None:
    write(tmp_path, "shop/__init__.py")

    assert find_entry("shop", tmp_path).file == tmp_path / "shop" / "__init__.py"


def test_a_path_may_be_absolute_and_strange(tmp_path: Path) -> None:
    folder = tmp_path / "my é [app] #1 %20" / "node_modules"
    write(folder, "app.py")

    entry = find_entry(str(folder / "app.py"), Path("/"))

    assert (entry.folder, entry.text) == (folder, "app.py")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "nothing.py",
            "There is no file 'nothing.py' in {cwd}. Write it first, or name another one.",
        ),
        (
            "nothing",
            "There is no file, folder or module 'nothing' in {cwd}. "
            "Name the file of your app, for example: cpsl dev app.py",
        ),
        (
            "empty",
            "The folder {cwd}/empty holds no app: it has neither app.py nor main.py. "
            "Name the file of your app, for example: cpsl dev empty/my_app.py",
        ),
        ("notes.txt", "{cwd}/notes.txt is not a Python file: its name does not end in .py."),
        (
            "my-app.py",
            "my-app.py cannot be imported: 'my-app' is not a Python name. Rename the file.",
        ),
        ("app.py:2nd", "'2nd' in 'app.py:2nd' is no name: write FILE:NAME, as in app.py:app."),
        ("app.py:", "'' in 'app.py:' is no name: write FILE:NAME, as in app.py:app."),
    ],
)
def test_what_is_no_app_is_said(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, "app.py", "notes.txt", "my-app.py", "empty/readme.md")

    with pytest.raises(UsageError) as refused:
        find_entry(text, tmp_path)

    assert str(refused.value) == said.format(cwd=tmp_path)


@pytest.mark.parametrize("name", ["class.py", "import.py"])
def test_a_keyword_is_no_name_for_a_module(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)

    with pytest.raises(UsageError, match=r"cannot be imported: .* is not a Python name"):
        find_entry(name, tmp_path)


def project(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text, "utf-8")


def test_settings_are_read_from_the_nearest_project_file(tmp_path: Path) -> None:
    project(tmp_path, '[tool.cpsl]\napp = "outer.py"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert read_project(inner) == ({"app": "outer.py"}, [])

    project(tmp_path / "a", '[tool.cpsl]\nport = 4700\ndrain_timeout_seconds = 1.5\nwatch = ["x"]')

    settings, problems = read_project(inner)
    assert settings == {"port": 4700, "drain_timeout_seconds": 1.5, "watch": ["x"]}
    assert problems == []


@pytest.mark.parametrize("text", ["", "[project]\n", "[tool.other]\na = 1\n", "tool = 5\n"])
def test_a_project_file_may_say_nothing(tmp_path: Path, text: str) -> None:
    project(tmp_path, text)

    assert read_project(tmp_path) == ({}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("prot = 1", "'prot' in [tool.cpsl] of pyproject.toml is not known. Known are: app, "),
        ("no_auth = true", "'no_auth' in [tool.cpsl] of pyproject.toml is not known."),
        ("port = '1'", "port = '1' in [tool.cpsl] of pyproject.toml is of the wrong type."),
        ("port = true", "port = True in [tool.cpsl] of pyproject.toml is of the wrong type."),
        (
            "host = '0.0.0.0'",
            "host = '0.0.0.0' in [tool.cpsl] of pyproject.toml is ignored: a project's file "
            "cannot open the port to other machines. Pass --host instead.",
        ),
        ("port = ", "pyproject.toml cannot be read: "),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_and_left_out(
    tmp_path: Path, text: str, problem: str
) -> None:
    project(tmp_path, f"[tool.cpsl]\n{text}\n")

    settings, problems = read_project(tmp_path)

    assert settings == {}
    assert [said.startswith(problem) for said in problems] == [True]


def test_settings_that_are_no_table_are_said(tmp_path: Path) -> None:
    project(tmp_path, "[tool]\ncpsl = 5\n")

    assert read_project(tmp_path) == ({}, ["[tool.cpsl] in pyproject.toml must be a table."])


def test_settings_are_put_into_a_configuration(tmp_path: Path) -> None:
    write(tmp_path, "app.py")
    config = Config(entry=find_entry("app.py", tmp_path), data_dir=tmp_path / ".cpsl")

    changed = with_settings(config, {"port": 0, "host": None, "standby": False, "unknown": 1})

    assert (changed.port, changed.host, changed.standby) == (0, "127.0.0.1", False)
    assert changed.data_dir == config.data_dir
