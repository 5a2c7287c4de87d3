"""Tests of what is known about generators of code."""

from __future__ import annotations

from pathlib import Path

from cpsl_dev.generators import Generator, generator_inputs, hint, is_generated


def test_inputs_lie_beside_the_package_that_was_loaded(tmp_path: Path) -> None:
    for name in ("baml_src/main.baml", "baml_src/deep/more.baml", "baml_src/notes.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", "utf-8")

    found = generator_inputs([f"{tmp_path}/app.py", f"{tmp_path}/baml_client/__init__.py"])

    assert sorted(found) == [
        f"{tmp_path}/baml_src/deep/more.baml",
        f"{tmp_path}/baml_src/main.baml",
    ]


def test_app_without_generated_code_has_no_inputs(tmp_path: Path) -> None:
    (tmp_path / "baml_src").mkdir()
    (tmp_path / "baml_src" / "main.baml").write_text("", "utf-8")

    assert generator_inputs([f"{tmp_path}/app.py"]) == {}


def test_package_without_inputs_has_none(tmp_path: Path) -> None:
    assert generator_inputs([f"{tmp_path}/baml_client/__init__.py"]) == {}


def test_files_of_a_generated_package_are_known() -> None:
    assert is_generated("/project/baml_client/types.py")
    assert is_generated("/project/baml_client/deep/types.py")
    assert not is_generated("/project/baml_client.py")
    assert not is_generated("/project/app.py")


def test_hint_names_the_command() -> None:
    generator = Generator(package="made", inputs="from", suffix=".txt", command="make it")

    said = hint("from/a.txt", generator)

    assert said == "from/a.txt has changed: run `make it` to bring made up to date."
