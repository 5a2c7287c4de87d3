"""Section C of `reload.md`: how files come, change and go. The ways of editors and of programs."""

from __future__ import annotations

import mmap
import os
import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.harness import Program, is_alive, wait_until
from tests.reload.interpreters import make_environment
from tests.reload.project import APP, HELPER, Project


def test_row_041_each_of_three_replacements_is_seen(dev: Program) -> None:
    for number in (1, 2, 3):
        outcome = dev.save("app.py", APP.replace("m0", f"m{number}"))

        assert outcome["kind"] == "reload.succeeded"
        assert dev.versions()["main"] == f"m{number}"


def test_row_042_a_save_of_vim_is_one_reload(dev: Program, project: Project) -> None:
    mark = dev.mark()

    # What vim does by default: it probes the folder, keeps a copy, writes in place, cleans up.
    swap = project.path(".app.py.swp")
    swap.write_bytes(b"b0VIM")
    probe = project.path("4913")
    probe.touch()
    probe.unlink()
    app, backup = project.path("app.py"), project.path("app.py~")
    app.rename(backup)
    app.write_text(APP.replace("m0", "m1"))
    backup.unlink()
    outcome = dev.wait_outcome(mark)
    swap.unlink()

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", ["app.py"])
    assert dev.versions()["main"] == "m1"
    dev.stays_quiet(mark=dev.mark())
    assert dev.outcomes(mark) == ["succeeded"]


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
@pytest.mark.parametrize("copying", ["auto", "yes", "no"])
def test_row_042_a_save_of_the_real_vim_is_one_reload(dev: Program, copying: str) -> None:
    mark = dev.mark()

    commands = [f":set backup backupcopy={copying} writebackup", ":%s/m0/m1/", ":wq"]
    subprocess.run(
        ["vim", "-u", "NONE", "-N", "-es", *(f"+{command}" for command in commands), "app.py"],
        cwd=dev.project.folder,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    outcome = dev.wait_outcome(mark)

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", ["app.py"])
    assert dev.versions()["main"] == "m1"
    assert dev.outcomes(mark) == ["succeeded"]


def test_row_043_what_emacs_leaves_while_typing_is_no_save(dev: Program, project: Project) -> None:
    mark = dev.mark()

    project.path(".#app.py").symlink_to("someone@host.123:456")
    project.write("#app.py#", APP.replace("m0", "m1"))

    dev.stays_quiet(mark)
    assert dev.versions()["main"] == "m0"
    dev.edit("app.py", "m0", "m2")
    assert dev.versions()["main"] == "m2"


@pytest.mark.parametrize("gap_seconds", [0.15, 1.0])
def test_row_044_a_file_that_is_empty_for_a_moment_is_waited_for(
    dev: Program, project: Project, gap_seconds: float
) -> None:
    mark = dev.mark()

    with open(project.path("app.py"), "w") as file:
        file.flush()
        time.sleep(gap_seconds)
        file.write(APP.replace("m0", "m1"))
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "m1"
    assert dev.outcomes(mark) == ["succeeded"]


def test_row_045_a_file_that_is_emptied_on_purpose_fails(dev: Program, project: Project) -> None:
    mark = dev.mark()

    project.write("helper.py", "")
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["type"] == "ImportError"
    assert dev.versions()["h"] == "h0"
    assert dev.save("helper.py", HELPER)["kind"] == "reload.succeeded"


@contextmanager
def noise(path: Path, every_seconds: float) -> Iterator[None]:
    """Rewrite a file again and again."""
    ended = threading.Event()

    def write() -> None:
        number = 0
        while not ended.wait(every_seconds):
            number += 1
            path.write_text(f"line {number}\n" * 20)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_row_047_a_noisy_neighbour_does_not_hold_up_a_save(dev: Program, project: Project) -> None:
    with noise(project.path("build.log"), 0.02):
        time.sleep(0.5)
        mark = dev.mark()
        started = time.monotonic()
        dev.edit("app.py", "m0", "m1")
        assert dev.versions()["main"] == "m1"
        assert time.monotonic() - started < 2.0
        time.sleep(0.5)

    assert dev.outcomes(mark) == ["succeeded"]


def test_row_047_not_even_one_that_the_app_has_read(own_project: Project, start: Start) -> None:
    own_project.save("status.txt", "quiet\n")
    own_project.save(
        "app.py", APP.replace("PROMPT =", 'STATUS = Path("status.txt").read_text()\nPROMPT =')
    )
    own_project.sources = None
    dev = start(own_project)
    with noise(own_project.path("status.txt"), 0.02):
        time.sleep(0.5)
        own_project.edit("app.py", "m0", "m1")
        started = time.monotonic()
        wait_until(lambda: dev.versions()["main"] == "m1", what="the save is live")
        assert time.monotonic() - started < 4.0
    dev.wait_live()


def test_row_048_a_touch_is_no_change(dev: Program, project: Project) -> None:
    mark = dev.mark()

    for name in project.original:
        path = project.path(name)
        path.touch()
        path.chmod(0o600)
        os.utime(path, (1, 1))
        path.chmod(0o644)
        project.save(name, project.original[name])

    dev.stays_quiet(mark)
    assert dev.since(mark, "worker.started") == []


def test_row_049_an_older_file_with_an_older_time_is_a_change(
    dev: Program, project: Project, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.py"
    shutil.copy2(project.path("app.py"), kept)
    os.utime(kept, (1_000_000_000, 1_000_000_000))
    dev.edit("app.py", "m0", "m1")
    mark = dev.mark()

    shutil.copy2(kept, project.path("app.py"))

    assert dev.wait_outcome(mark)["kind"] == "reload.succeeded"
    assert dev.versions()["main"] == "m0"
    assert project.path("app.py").stat().st_mtime == 1_000_000_000


CLOCK = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *offset;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_OFFSET"), O_RDONLY);
    void *page = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    offset = page == MAP_FAILED ? 0 : page;
    close(file);
}

int clock_gettime(clockid_t id, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_REALTIME && offset) now->tv_sec += *offset;
    return result;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_row_051_a_clock_that_steps_back_loses_no_save(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    (tmp_path / "clock.c").write_text(CLOCK)
    library, offset = tmp_path / "clock.so", tmp_path / "offset"
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "clock.c")]
    subprocess.run(command, check=True)
    offset.write_bytes((0).to_bytes(8, "little", signed=True))
    environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}
    dev = start(own_project, environment=environment)
    first = dev.ask("?") and dev.events[-1]["time"]

    with open(offset, "r+b") as file:
        file.write((-600).to_bytes(8, "little", signed=True))
    outcome = dev.edit("app.py", "m0", "m1")

    assert outcome["kind"] == "reload.succeeded"
    assert outcome["time"] < first
    assert 0 <= outcome["duration_ms"] < 5_000
    assert dev.versions()["main"] == "m1"
    dev.edit("app.py", "m1", "m2")
    assert dev.versions()["main"] == "m2"


def test_row_052_the_last_of_two_quick_edits_of_the_same_size_wins(dev: Program) -> None:
    for number in range(20):
        mark = dev.mark()
        for version in (f"a{number % 10}", f"b{number % 10}"):
            dev.project.write("helper.py", HELPER.replace("h0", version))
            time.sleep(0.1 + 0.015 * number)
        dev.wait_outcome(mark)

        dev.wait_live()
        assert dev.versions()["h"] == f"b{number % 10}"


def test_row_054_a_hundred_saves_in_five_seconds_end_on_the_last(dev: Program) -> None:
    mark = dev.mark()

    for number in range(100):
        dev.project.save("helper.py", HELPER.replace("h0", f"h{number}"))
        time.sleep(0.05)
    started = time.monotonic()
    wait_until(lambda: dev.versions()["h"] == "h99", what="the last save is live")

    assert time.monotonic() - started < 2.0
    dev.wait_live()
    dev.wait_all_read()
    assert set(dev.outcomes(mark)) <= {"succeeded", "superseded"}
    assert len(dev.outcomes(mark)) <= 100
    assert len(dev.workers()) <= 4


def test_row_055_a_save_during_a_slow_import_takes_its_place(dev: Program) -> None:
    mark = dev.mark()
    dev.project.save("helper.py", "import time\ntime.sleep(3)\n" + HELPER.replace("h0", "h1"))
    dev.wait_event("reload.started", after=mark)
    time.sleep(0.3)
    started = time.monotonic()

    dev.project.save("helper.py", HELPER.replace("h0", "h2"))
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert time.monotonic() - started < 2.5
    assert dev.outcomes(mark) == ["superseded", "succeeded"]
    assert dev.versions()["h"] == "h2"
    assert dev.status()["state"] == "ready"


def test_row_056_a_deleted_module_is_named_and_may_come_back(
    dev: Program, project: Project
) -> None:
    mark = dev.mark()

    project.remove("helper.py")
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["message"] == "No module named 'helper' (helper.py is missing)"
    assert outcome["error"]["file"] == "app.py"
    assert dev.versions()["h"] == "h0"
    assert dev.save("helper.py", HELPER)["kind"] == "reload.succeeded"


def test_row_057_a_deleted_app_may_come_back(dev: Program, project: Project) -> None:
    mark = dev.mark()

    project.remove("app.py")
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["file"] == "app.py"
    assert "app.py is missing" in outcome["error"]["message"]
    dev.stays_quiet(dev.mark(), 3.0)
    assert dev.save("app.py", APP)["kind"] == "reload.succeeded"
    dev.edit("app.py", "m0", "m1")
    assert dev.versions()["main"] == "m1"


@pytest.mark.parametrize("is_renamed_first", [True, False])
def test_row_058_a_renamed_module_and_its_import_show_no_failure(
    dev: Program, project: Project, is_renamed_first: bool
) -> None:
    mark = dev.mark()

    def rename() -> None:
        project.path("helper.py").rename(project.path("util.py"))

    def change_import() -> None:
        text = APP.replace("import helper", "import util as helper")
        project.save("app.py", text.replace("from helper", "from util"))

    for act in (rename, change_import) if is_renamed_first else (change_import, rename):
        act()
        time.sleep(0.05)
    project.sources = {*project.original, "util.py"} - {"helper.py"}
    dev.wait_event("reload.succeeded", after=mark)

    dev.wait_live()
    assert dev.versions()["h"] == "h0"
    assert dev.outcomes(mark).count("failed") == 0


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


def many_modules(version: str, numbers: range) -> dict[str, str]:
    files = {f"many/m{number}.py": f'VALUE = "{version}"\n' for number in numbers}
    names = ", ".join(f"m{number}" for number in numbers)
    files["many/__init__.py"] = (
        f"from many import {names}\n\nVALUES = {{m.VALUE for m in ({names})}}\n"
    )
    return files


def test_row_071_a_branch_switch_is_one_reload(own_project: Project, start: Start) -> None:
    text = APP.replace("import helper", "import helper\nimport many").replace(
        '"m0"', '"".join(sorted(many.VALUES))'
    )
    for branch, version, numbers in (
        ("main", "one", range(600)),
        ("other", "two", range(300, 600)),
    ):
        if branch == "main":
            own_project.save(".gitignore", ".cpsl\n*.log\n__pycache__\n")
            git(own_project.folder, "init", "-q", "-b", "main")
            own_project.save("app.py", text)
        else:
            git(own_project.folder, "checkout", "-q", "-b", "other")
            for number in range(300):
                own_project.remove(f"many/m{number}.py")
        for name, content in many_modules(version, numbers).items():
            own_project.save(name, content)
        git(own_project.folder, "add", "-A")
        git(own_project.folder, "commit", "-q", "-m", branch)
    git(own_project.folder, "checkout", "-q", "main")
    own_project.sources = None
    dev = start(own_project)
    assert dev.versions()["main"] == "one"
    for branch, version in (("other", "two"), ("main", "one")):
        mark = dev.mark()

        git(own_project.folder, "checkout", "-q", branch)
        outcome = dev.wait_outcome(mark)

        assert outcome["kind"] == "reload.succeeded"
        assert dev.versions()["main"] == version
        assert dev.outcomes(mark)[-1] == "succeeded"
        assert set(dev.outcomes(mark)[:-1]) <= {"superseded"}


def test_row_072_a_rebase_ends_on_what_is_on_the_disk(own_project: Project, start: Start) -> None:
    folder = own_project.folder
    own_project.save(".gitignore", ".cpsl\n*.log\n__pycache__\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "checkout", "-q", "-b", "topic")
    for number in range(1, 31):
        own_project.save("helper.py", HELPER.replace("h0", f"h{number}"))
        git(folder, "commit", "-q", "-a", "-m", f"step {number}")
    git(folder, "checkout", "-q", "main")
    own_project.save("prompt.txt", "p1\n")
    git(folder, "commit", "-q", "-a", "-m", "prompt")
    git(folder, "checkout", "-q", "topic")
    dev = start(own_project)
    mark = dev.mark()

    git(folder, "rebase", "-q", "main")

    wait_until(
        lambda: (found := dev.versions())["h"] == "h30" and found["prompt"] == "p1",
        what="the rebased code is live",
    )
    dev.wait_live()
    dev.wait_all_read()
    assert dev.outcomes(mark).count("failed") == 0
    assert dev.outcomes(mark).count("succeeded") <= 10


def test_row_074_what_tools_write_causes_nothing(dev: Program, project: Project) -> None:
    before = cpu_seconds(dev.pid)
    mark = dev.mark()
    began = time.monotonic()

    for folder in (
        ".venv", "venv", "env", "__pycache__", ".git", "node_modules", ".mypy_cache", "dist",
        ".cpsl/extra", "build", "data",
    ):  # fmt: skip
        place = project.path(folder)
        place.mkdir(exist_ok=True)
        for number in range(1_000):
            (place / f"f{number}.py").touch()

    dev.stays_quiet(mark)
    used = cpu_seconds(dev.pid) - before
    assert used < 0.25 * (time.monotonic() - began), f"{used} s of the processor"
    shutil.rmtree(project.path(".cpsl/extra"))


def test_row_075_an_environment_may_be_the_project(tmp_path: Path, start: Start) -> None:
    python = make_environment(tmp_path / "project")
    project = Project(tmp_path / "project", keeps_others=True)
    dev = start(project, python=python)

    dev.edit("helper.py", "h0", "h1")

    assert dev.versions()["h"] == "h1"
    assert dev.status()["watch"]["files"] < 20


def test_row_076_what_the_app_writes_reloads_nothing(dev: Program) -> None:
    mark = dev.mark()

    for number in range(10):
        assert dev.ask(f"files {number}") == "written"

    dev.stays_quiet(mark)


def test_row_076_not_even_what_it_had_read(own_project: Project, start: Start) -> None:
    reads = 'NOTES = Path("notes.txt").read_text() if Path("notes.txt").exists() else ""\nPROMPT ='
    own_project.save("notes.txt", "first\n")
    own_project.save(
        "app.py",
        APP.replace("PROMPT =", reads).replace(
            "    if name in acts",
            '    with open("notes.txt", "a") as notes:\n        notes.write("more\\n")\n'
            "    if name in acts",
        ),
    )
    own_project.sources = {*own_project.original}
    dev = start(own_project)
    mark = dev.mark()

    for _ in range(5):
        dev.ask("?")

    dev.stays_quiet(mark)


@pytest.mark.parametrize("value", ["1", "time.time_ns()"])
def test_row_077_an_app_that_writes_its_own_source_comes_to_rest(
    own_project: Project, start: Start, value: str
) -> None:
    boot = (
        '    import time\n    with open("generated.py", "w") as file:\n'
        f'        file.write(f"VALUE = {{{value}}}\\n")\n    with open("boot.log"'
    )
    own_project.save("generated.py", "VALUE = 0\n")
    own_project.save(
        "app.py",
        APP.replace("import helper", "import generated\nimport helper").replace(
            '    with open("boot.log"', boot
        ),
    )
    own_project.sources = None

    dev = start(own_project)
    time.sleep(1.0)
    mark = dev.mark()

    dev.stays_quiet(mark)
    assert len(dev.since(0, "reload.started")) <= 2


def can_unshare() -> bool:
    command = ["unshare", "-Ur", "true"]
    return (
        shutil.which("unshare") is not None and subprocess.run(command, check=False).returncode == 0
    )


@pytest.mark.skipif(not can_unshare(), reason="a namespace with limits of its own is not allowed")
@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_row_078_without_watches_files_are_polled(
    own_project: Project, start: Start, limit: str
) -> None:
    script = f'echo 0 > /proc/sys/user/{limit}; exec "$@"'
    dev = start(own_project, prefix=("unshare", "-Ur", "sh", "-c", script, "sh"))
    wait_until(lambda: dev.status()["watch"]["mode"] == "polling", what="files are polled")
    assert any("polled" in warning for warning in dev.status()["warnings"])
    for number in (1, 2):
        started = time.monotonic()

        dev.edit("helper.py", f"h{number - 1}", f"h{number}")

        assert time.monotonic() - started < 2.0
        assert dev.versions()["h"] == f"h{number}"


def test_row_079_a_large_folder_of_data_costs_nothing(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    data = own_project.path("data")
    data.mkdir()
    for number in range(200_000):
        os.close(os.open(f"{data}/{number}", os.O_CREAT | os.O_WRONLY))
    # On a machine that is busy with other tests it takes as long as without the data.
    started = time.monotonic()
    with Program(Project(tmp_path / "usual")):
        usual = time.monotonic() - started
    started = time.monotonic()

    dev = start(own_project)

    assert time.monotonic() - started < max(3.0, 2.0 * usual)
    assert dev.status()["watch"]["roots"] == [str(own_project.folder), str(own_project.path("pkg"))]
    wait_until(
        lambda: any("data" in warning for warning in dev.status()["warnings"]),
        what="the large folder is named",
    )
    dev.edit("helper.py", "h0", "h1")
    assert dev.versions()["h"] == "h1"
    subprocess.run(["rm", "-rf", str(data)], check=True)


def test_row_080_a_change_that_nobody_tells_of_is_polled_for(
    dev: Program, project: Project
) -> None:
    mark = dev.mark()
    started = time.monotonic()

    # The system tells nothing of what is written through a mapping that stays open.
    with open(project.path("helper.py"), "r+b") as file, mmap.mmap(file.fileno(), 0) as page:
        place = page.find(b"h0")
        page[place : place + 2] = b"h7"
        page.flush()
        outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert time.monotonic() - started < 2.5
    assert dev.versions()["h"] == "h7"


def test_row_081_a_full_disk_is_said_and_passes(own_project: Project, start: Start) -> None:
    dev = start(own_project)
    assert dev.versions()["main"] == "m0"
    # A worker that starts later would inherit the limit, and its boot hook writes.
    dev.wait_standby()
    infinite = resource.RLIM_INFINITY
    resource.prlimit(dev.pid, resource.RLIMIT_FSIZE, (0, infinite))

    own_project.edit("app.py", "m0", "m1")
    wait_until(
        lambda: (
            (now := dev.status())["state"] == "ready"
            and now["code_hash"] == own_project.code_hash()
        ),
        what="the new code is live all the same",
    )
    status, problem = dev.request("POST", "/sessions/s1/messages", {"text": "?"})
    assert (status, problem["status"]) == (507, 507)

    resource.prlimit(dev.pid, resource.RLIMIT_FSIZE, (infinite, infinite))
    wait_until(
        lambda: dev.request("POST", "/sessions/s2/messages", {"text": "?"})[0] == 200,
        what="messages are taken again",
    )
    assert dev.versions()["main"] == "m1"
    dev.wait_event("store.recovered")
    assert is_alive(dev.pid)


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks
