"""Tests of reading what a load is made with besides the code."""

from __future__ import annotations

from pathlib import Path

from cpsl_dev.config import Config, Entry
from cpsl_dev.load_settings import LoadSettings, SettingsReader


def reader(folder: Path, **settings: object) -> SettingsReader:
    entry = Entry(text="app.py", folder=folder, file=folder / "app.py", module="app")
    config = Config(entry=entry, data_dir=folder / ".cpsl", **settings)  # type: ignore[arg-type]
    return SettingsReader(config, {"HOME": "/home/me"})


def write(folder: Path, *lines: str) -> None:
    (folder / "pyproject.toml").write_text("\n".join(["[tool.cpsl]", *lines, ""]), "utf-8")


def limits(settings: LoadSettings) -> tuple[float, float]:
    return (settings.load_timeout_seconds, settings.drain_timeout_seconds)


def test_without_a_file_everything_is_as_configured(tmp_path: Path) -> None:
    found = reader(tmp_path, load_timeout_seconds=7.0).read()

    assert limits(found) == (7.0, 10.0)
    assert found.environment.variables == {"HOME": "/home/me"}
    assert found.warnings == []
    assert found.files.keys() == {str(tmp_path / "pyproject.toml"), str(tmp_path / ".env")}


def test_the_file_is_read_anew_each_time(tmp_path: Path) -> None:
    settings = reader(tmp_path)
    assert limits(settings.read()) == (60.0, 10.0)

    write(tmp_path, "load_timeout_seconds = 5", "drain_timeout_seconds = 0.5")
    assert limits(settings.read()) == (5, 0.5)
    write(tmp_path)

    assert limits(settings.read()) == (60.0, 10.0)


def test_a_setting_that_is_taken_away_is_as_it_is_by_itself(tmp_path: Path) -> None:
    write(tmp_path, "load_timeout_seconds = 5")
    settings = reader(tmp_path, load_timeout_seconds=5.0)

    write(tmp_path)

    assert settings.read().load_timeout_seconds == 60.0


def test_what_was_given_stays(tmp_path: Path) -> None:
    given = frozenset({"load_timeout_seconds", "port"})
    settings = reader(tmp_path, load_timeout_seconds=7.0, given=given)

    write(tmp_path, "load_timeout_seconds = 5", "port = 1")

    found = settings.read()
    assert (found.load_timeout_seconds, found.warnings) == (7.0, [])


def test_a_file_of_variables_lies_beside_the_settings(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "dev.env").write_text("A=1\n", "utf-8")
    write(tmp_path, 'env_file = "dev.env"')

    found = reader(folder).read()

    assert found.environment.variables["A"] == "1"
    assert str(tmp_path / "dev.env") in found.files


def test_what_takes_a_new_start_is_said(tmp_path: Path) -> None:
    settings = reader(tmp_path)

    write(tmp_path, "port = 1", 'host = "::1"')

    said = "restart needed: host, port in pyproject.toml has changed"
    assert settings.read().warnings == [said]


def test_a_bad_value_is_named_and_stays_as_it_was(tmp_path: Path) -> None:
    settings = reader(tmp_path)
    write(tmp_path, "load_timeout_seconds = 5")
    settings.read()

    write(tmp_path, "load_timeout_seconds = -1")

    found = settings.read()
    assert found.load_timeout_seconds == 5
    assert found.warnings == [
        "load_timeout_seconds = -1 in [tool.cpsl] of pyproject.toml "
        "is no number of seconds above 0."
    ]


def test_a_file_that_cannot_be_read_leaves_what_was_good_last(tmp_path: Path) -> None:
    settings = reader(tmp_path)
    write(tmp_path, "load_timeout_seconds = 5")
    settings.read()

    (tmp_path / "pyproject.toml").write_text("[tool.cpsl\n", "utf-8")

    found = settings.read()
    assert found.load_timeout_seconds == 5
    assert found.warnings[0].startswith("pyproject.toml cannot be read: ")
    assert found.warnings[0].endswith("; the last good settings are kept")


def test_patterns_start_beside_the_settings(tmp_path: Path) -> None:
    write(tmp_path, 'watch = ["prompts"]', 'ignore = ["*.log"]')

    found = reader(tmp_path).read()

    assert found.watch.matches(f"{tmp_path}/prompts/a.md")
    assert found.ignore.matches(f"{tmp_path}/deep/x.log")
