"""Section C of `reload.md`, to row 58: how files are saved. The ways of editors and of programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.endpoint import wait_until
from tests.reload.harness import Program
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
        dev.project.write("helper.py", HELPER.replace("h0", f"a{number % 10}"))
        time.sleep(0.1 + 0.015 * number)
        dev.project.write("helper.py", HELPER.replace("h0", f"b{number % 10}"))

        dev.wait_live()
        assert dev.versions()["h"] == f"b{number % 10}"


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
