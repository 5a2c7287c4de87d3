from __future__ import annotations

from pathlib import Path

import pytest

import cpsl


def test_an_image_is_three_lists() -> None:
    image = cpsl.Image(python_packages=["pandas"], apt_packages=["git"], commands=["make"])

    assert image.to_dict() == {
        "python_packages": ["pandas"],
        "apt_packages": ["git"],
        "commands": ["make"],
    }


def test_an_empty_image_has_empty_lists() -> None:
    assert cpsl.Image().to_dict() == {"python_packages": [], "apt_packages": [], "commands": []}


def test_lists_are_copied() -> None:
    packages = ["pandas"]
    image = cpsl.Image(python_packages=packages)

    packages.append("numpy")
    image.to_dict()["python_packages"].append("scipy")

    assert image.python_packages == ["pandas"]


def test_adding_returns_the_image(tmp_path: Path) -> None:
    requirements = tmp_path / "more.txt"
    requirements.write_text("numpy\n")
    image = cpsl.Image()

    result = (
        image.add_python_packages(("pandas",))
        .add_python_packages(str(requirements))
        .add_apt_packages(["git"])
        .add_commands(["make"])
    )

    assert result is image
    assert image.python_packages == ["pandas", "numpy"]
    assert (image.apt_packages, image.commands) == (["git"], ["make"])


def test_comments_options_and_blank_lines_of_a_requirements_file_are_skipped(
    tmp_path: Path,
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# ours\n\n  pandas>=2  \n-r other.txt\n--index-url x\nnumpy # fast\n")

    image = cpsl.Image(python_packages=str(requirements))

    assert image.python_packages == ["pandas>=2", "numpy # fast"]


def test_a_missing_requirements_file_is_named_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(FileNotFoundError) as caught:
        cpsl.Image(python_packages="requirements.txt")

    assert str(caught.value) == (
        f"The requirements file 'requirements.txt' is not in {str(tmp_path)!r}. "
        f"Give a path that exists, or a list of packages."
    )
