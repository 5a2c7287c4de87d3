"""Section C of the scenarios, more of it: other moments and rarer ways. Rows have their numbers."""

from __future__ import annotations

import os
import py_compile
import time
from functools import partial
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.editors import (
    assert_no_more,
    expect_main,
    on_busy,
    outcome_of,
    replace_with_copy,
    with_main,
)
from tests.reload.harness import Program
from tests.reload.project import FILES, Project

LIVE_SECONDS = 2.0
LAST_LIVE_SECONDS = 0.5
NEW_MODULES = 6
SLOW_IMPORT = "import time\n\ntime.sleep(3)\n"


# Saves


def test_row_049_file_of_the_same_size_and_time_is_loaded(dev: Program, project: Project) -> None:
    path = project.path("app.py")
    before = path.stat()

    def write_with_the_same_time() -> None:
        project.write("app.py", with_main(project, "m1"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    outcome_of(dev, write_with_the_same_time)

    assert path.stat().st_size == before.st_size
    assert dev.versions()["main"] == "m1"
    outcome_of(dev, lambda: replace_with_copy(path, with_main(project, "m2"), seconds_older=3600))
    assert dev.versions()["main"] == "m2"


def test_row_054_as_many_saves_are_live_as_fit(dev: Program, project: Project) -> None:
    mark = dev.mark()
    began = time.monotonic()
    for number in range(100):
        project.save("app.py", with_main(project, f"m{number:03}"))
        time.sleep(max(0.0, began + (number + 1) * 0.05 - time.monotonic()))
    saved = time.monotonic()

    dev.wait_live()

    assert time.monotonic() - saved < on_busy(LAST_LIVE_SECONDS)
    assert dev.versions()["main"] == "m099"
    dev.wait_all_read()
    assert dev.outcomes(mark).count("succeeded") >= 5
    assert set(dev.outcomes(mark)) <= {"succeeded", "superseded"}
    assert len(dev.outcomes(mark)) <= 100
    assert len(dev.workers()) <= 4
    assert_no_more(dev, dev.mark())


@pytest.mark.parametrize("wait_seconds", [0.0, 0.1, 1.0])
def test_row_055_newer_save_wins_at_any_moment_of_a_load(
    dev: Program, project: Project, wait_seconds: float
) -> None:
    mark = dev.mark()
    project.save("app.py", SLOW_IMPORT + with_main(project, "m1"))
    dev.wait_event("reload.started", after=mark)
    time.sleep(wait_seconds)

    project.save("app.py", with_main(project, "m2"))
    saved = time.monotonic()

    expect_main(dev, "m2")
    assert time.monotonic() - saved < on_busy(LIVE_SECONDS)
    assert dev.outcomes(mark) == ["superseded", "succeeded"]
    assert_no_more(dev, dev.mark())


# Modules


def test_row_060_new_module_and_its_import_are_one_save(dev: Program, project: Project) -> None:
    for number in range(NEW_MODULES):
        name = f"new{number}"
        text = with_main(project, "m1").replace('"m1"', f"{name}.VALUE")
        steps = [
            partial(project.save, "app.py", f"import {name}\n{text}"),
            partial(project.save, f"{name}.py", f'VALUE = "{name}"\n'),
        ]
        project.sources = {*project.original, f"{name}.py"}
        mark = dev.mark()

        steps[number % 2]()
        steps[1 - number % 2]()

        expect_main(dev, name)
        assert "failed" not in dev.outcomes(mark)


FROM_NEW_FOLDERS = """\
try:
    from a.b.m import VALUE as MAIN
except ImportError:
    MAIN = "none"
"""


@pytest.mark.parametrize("gap_seconds", [0.0, 0.1])
def test_row_061_module_in_new_folders_is_found(
    dev: Program, project: Project, gap_seconds: float
) -> None:
    text = project.original["app.py"].replace('MAIN = "m0"\n', FROM_NEW_FOLDERS)
    assert dev.save("app.py", text)["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "none"
    project.sources = {*project.original, "a/b/m.py"}

    project.path("a/b").mkdir(parents=True)
    time.sleep(gap_seconds)
    project.write("a/b/m.py", 'VALUE = "v1"\n')

    expect_main(dev, "v1")
    assert dev.edit("a/b/m.py", "v1", "v2")["files"] == ["a/b/m.py"]
    assert dev.versions()["main"] == "v2"


def test_row_061_missing_folders_mend_a_failed_import(dev: Program, project: Project) -> None:
    text = project.original["app.py"].replace('MAIN = "m0"', "from a.b.m import VALUE as MAIN")
    assert dev.save("app.py", text)["kind"] == "reload.failed"
    project.sources = {*project.original, "a/b/m.py"}

    project.write("a/b/m.py", 'VALUE = "v1"\n')

    expect_main(dev, "v1")


def test_row_062_file_that_hides_the_runtime_fails_until_it_is_gone(
    own_project: Project, start: Start
) -> None:
    own_project.save("cpsl.py", "VALUE = 1\n")
    dev = start(own_project)
    assert "'cpsl'" in dev.status()["error"]["message"]

    for _ in range(2):
        own_project.remove("cpsl.py")
        expect_main(dev, "m0")

        outcome = dev.save("cpsl.py", "VALUE = 1\n")

        assert outcome["kind"] == "reload.failed"
        assert "hides the package 'cpsl'" in outcome["error"]["message"]


@pytest.mark.parametrize("module", ["random", "click"])
def test_row_063_compiled_orphan_of_a_shadow_is_not_used(
    dev: Program, project: Project, module: str
) -> None:
    project.write(f"{module}.py", 'H = "own"\n')
    project.sources = {*project.original, f"{module}.py"}
    text = project.original["helper.py"].replace(
        'H = "h0"', f'import {module}\n\nH = getattr({module}, "H", "installed")'
    )
    assert dev.save("helper.py", text)["kind"] == "reload.succeeded"
    assert dev.versions()["h"] == "own"
    # What a program would have left that runs beside this one.
    py_compile.compile(str(project.path(f"{module}.py")))
    project.sources = set(project.original)

    outcome = outcome_of(dev, lambda: project.remove(f"{module}.py"))

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["h"] == "installed"


# Links


def test_row_064_target_of_a_link_is_followed(
    dev: Program, project: Project, tmp_path: Path
) -> None:
    outside = Project(tmp_path / "outside", {"helper.py": FILES["helper.py"].replace("h0", "h1")})
    project.remove("helper.py")
    mark = dev.mark()
    project.path("helper.py").symlink_to(outside.path("helper.py"))
    assert dev.wait_outcome(mark)["kind"] == "reload.succeeded"
    assert dev.versions()["h"] == "h1"

    for number, save in ((2, outside.write), (3, outside.save), (4, outside.save)):
        text = FILES["helper.py"].replace("h0", f"h{number}")
        outcome = outcome_of(dev, partial(save, "helper.py", text))

        assert outcome["kind"] == "reload.succeeded"
        assert dev.versions()["h"] == f"h{number}"


def test_row_065_link_to_the_project_can_point_elsewhere(tmp_path: Path, start: Start) -> None:
    releases = {
        number: Project(
            tmp_path / "releases" / str(number),
            {**FILES, "app.py": FILES["app.py"].replace('"m0"', f'"r{number}"')},
        )
        for number in (42, 43)
    }
    current = tmp_path / "current"
    current.symlink_to(releases[42].folder)
    dev = start(Project(current, releases[42].original), entry="current/app.py", cwd=tmp_path)
    assert dev.versions()["main"] == "r42"
    mark = dev.mark()

    link = tmp_path / "next"
    link.symlink_to(releases[43].folder)
    link.replace(current)

    assert dev.wait_outcome(mark)["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "r43"
    assert dev.edit("app.py", "r43", "r44")["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "r44"
    mark = dev.mark()
    releases[42].edit("app.py", "r42", "r45")
    assert_no_more(dev, mark)
