"""Section C of `reload.md`, rows 60 to 70: modules that come and go, links, names of paths."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.endpoint import wait_until
from tests.reload.harness import Program
from tests.reload.project import APP, HELPER, Project


def test_row_060_a_new_module_is_imported_with_the_save_that_needs_it(
    dev: Program, project: Project
) -> None:
    mark = dev.mark()

    project.save("fresh.py", 'VALUE = "f0"\n')
    project.save(
        "app.py",
        APP.replace('"m0"', "fresh.VALUE").replace("import helper", "import fresh\nimport helper"),
    )
    project.sources = {*project.original, "fresh.py"}
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "f0"
    assert "failed" not in dev.outcomes(mark)


def test_row_061_a_new_tree_of_folders_is_found_and_followed(
    dev: Program, project: Project
) -> None:
    attempt = "try:\n    from a.b.m import VALUE\nexcept ImportError:\n    VALUE = 'none'\n\nMAIN"
    dev.save("app.py", APP.replace("MAIN", attempt, 1).replace('"m0"', "VALUE"))
    assert dev.versions()["main"] == "none"

    project.write("a/b/m.py", 'VALUE = "v0"\n')
    project.sources = {*project.original, "a/b/m.py"}

    wait_until(lambda: dev.versions()["main"] == "v0", what="the new module is live")
    dev.edit("a/b/m.py", "v0", "v1")
    assert dev.versions()["main"] == "v1"


def test_row_062_and_063_a_module_that_hides_another_is_as_at_a_cold_start(
    own_project: Project, start: Start
) -> None:
    shows = 'MAIN = getattr(__import__("colorsys"), "OWN", "theirs")'
    own_project.save("app.py", APP.replace('MAIN = "m0"', shows))
    dev = start(own_project)
    assert dev.versions()["main"] == "theirs"
    mark = dev.mark()

    own_project.save("colorsys.py", 'OWN = "mine"\n')
    own_project.sources = {*own_project.original, "colorsys.py"}
    assert dev.wait_outcome(mark)["kind"] == "reload.succeeded"

    assert dev.versions()["main"] == "mine"
    assert any("'colorsys'" in warning for warning in dev.status()["warnings"])
    mark = dev.mark()

    own_project.remove("colorsys.py")
    own_project.sources = set(own_project.original)
    assert dev.wait_outcome(mark)["kind"] == "reload.succeeded"

    assert dev.versions()["main"] == "theirs"
    assert dev.status()["warnings"] == []


@pytest.mark.parametrize("name", ["json", "random", "typing_extensions"])
def test_row_062_hiding_a_module_that_others_use_ends_as_a_cold_start_does(
    own_project: Project, tmp_path: Path, start: Start, name: str
) -> None:
    dev = start(own_project)
    mark = dev.mark()
    text = APP.replace('MAIN = "m0"', f"import {name}\nMAIN = {name}.OWN")
    own_project.save(f"{name}.py", 'OWN = "mine"\n')
    own_project.save("app.py", text)
    own_project.sources = None
    outcome = dev.wait_outcome(mark)
    cold = Project(
        tmp_path / "cold", {**own_project.original, "app.py": text, f"{name}.py": 'OWN = "mine"\n'}
    )
    cold.sources = None

    other = start(cold)

    assert outcome["kind"] == other.wait_outcome(0)["kind"]
    assert outcome.get("error") == other.wait_outcome(0).get("error")
    assert any(repr(name) in warning for warning in dev.status()["warnings"])
    assert dev.status()["warnings"] == [
        warning.replace(str(cold.folder), str(own_project.folder))
        for warning in other.status()["warnings"]
    ]


def test_row_064_a_source_behind_a_link_is_followed_to_where_it_lies(
    dev: Program, project: Project, tmp_path: Path
) -> None:
    target = tmp_path / "elsewhere" / "real_helper.py"
    target.parent.mkdir()
    target.write_text(HELPER)
    mark = dev.mark()
    project.remove("helper.py")
    project.path("helper.py").symlink_to(target)
    dev.stays_quiet(mark)

    started = time.monotonic()
    mark = dev.mark()
    target.write_text(HELPER.replace("h0", "h1"))
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert time.monotonic() - started < 2.0
    assert dev.versions()["h"] == "h1"


def test_row_065_a_link_to_the_project_may_point_to_another_release(
    tmp_path: Path, start: Start
) -> None:
    first = Project(tmp_path / "releases" / "1")
    second = Project(tmp_path / "releases" / "2")
    second.save("app.py", APP.replace("m0", "m2"))
    second.save("prompt.txt", "p2\n")
    link = tmp_path / "current"
    link.symlink_to(first.folder)
    through = Project(link)
    dev = start(
        through, "--data-dir", str(first.path(".cpsl")), entry=str(link / "app.py"), cwd=tmp_path
    )
    assert dev.versions()["main"] == "m0"
    mark = dev.mark()

    fresh = tmp_path / "fresh"
    fresh.symlink_to(second.folder)
    os.replace(fresh, link)
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "m2"
    assert dev.versions()["prompt"] == "p2"
    mark = dev.mark()
    second.edit("helper.py", "h0", "h2")
    assert dev.wait_outcome(mark)["kind"] == "reload.succeeded"
    assert dev.versions()["h"] == "h2"
    mark = dev.mark()
    second.save("prompt.txt", "p3\n")
    assert dev.wait_outcome(mark)["kind"] == "reload.succeeded"
    assert dev.versions()["prompt"] == "p3"


@pytest.mark.parametrize(
    "name",
    [
        "node_modules/.venv/.git/a b/#1 50% [x] {y}/\N{SMILING FACE WITH SUNGLASSES}/caf\u00e9",
        "site-packages/dist/__pycache__/-x/cafe\u0301/*?\"'$HOME",
    ],
)
def test_row_067_the_name_of_the_path_does_not_matter(
    tmp_path: Path, start: Start, name: str
) -> None:
    project = Project(tmp_path / name / "project")
    dev = start(project)

    outcome = dev.edit("helper.py", "h0", "h1")

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", ["helper.py"])
    assert dev.versions()["h"] == "h1"
    assert dev.save("prompt.txt", "p1\n")["kind"] == "reload.succeeded"
    assert dev.versions()["prompt"] == "p1"
    failed = dev.edit("pkg/sub.py", 'S = "s0"', "S = = 1")
    assert failed["error"]["file"] == "pkg/sub.py"
    dev.save("pkg/sub.py", 'S = "s2"\n')
    assert dev.versions()["s"] == "s2"


def test_row_068_a_name_that_is_no_text_is_survived(dev: Program, project: Project) -> None:
    mark = dev.mark()
    odd = os.fsencode(project.folder) + b"/\xff.py"

    with open(odd, "w") as file:
        file.write("x = 1\n")
    wait_until(
        lambda: any("not UTF-8" in warning for warning in dev.status()["warnings"]),
        what="the warning is there",
    )
    dev.stays_quiet(mark)
    for number in (1, 2):
        with open(odd, "a") as file:
            file.write("x = 2\n")
        dev.edit("app.py", f"m{number - 1}", f"m{number}")
        assert dev.versions()["main"] == f"m{number}"
    os.unlink(odd)

    assert sum("not UTF-8" in warning for warning in dev.status()["warnings"]) == 1
    assert dev.status()["watch"]["mode"] == "native"


def test_row_070_a_folder_that_is_deleted_and_made_again_is_watched_again(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    dev = start(own_project, "--data-dir", str(tmp_path / "state"))
    copy = tmp_path / "copy"
    shutil.copytree(own_project.folder, copy)
    mark = dev.mark()

    shutil.rmtree(own_project.folder)
    dev.wait_outcome(mark)
    mark = dev.mark()
    shutil.copytree(copy, own_project.folder)
    outcome = dev.wait_event("reload.succeeded", after=mark)

    assert outcome["kind"] == "reload.succeeded"
    for number in (1, 2):
        started = time.monotonic()
        dev.edit("helper.py", f"h{number - 1}", f"h{number}")
        assert time.monotonic() - started < 2.0
        assert dev.versions()["h"] == f"h{number}"


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    subprocess.run([*command, *arguments], cwd=folder, check=True, capture_output=True)
