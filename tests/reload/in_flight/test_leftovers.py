"""What is under way when a save comes: what handlers leave behind, and what boot holds."""

from __future__ import annotations

import os
from pathlib import Path

from tests.reload.conftest import Start
from tests.reload.endpoint import wait_until
from tests.reload.harness import Program
from tests.reload.in_flight import apps
from tests.reload.in_flight.steps import END_SECONDS, ask_port, save, seconds_between, wait_gone
from tests.reload.project import Project
from tests.servers import is_alive

# What handlers leave behind


def test_row_105_threads_end_with_their_generation(dev: Program) -> None:
    log = dev.project.path("threads.log")
    old = dev.serving_pid()
    dev.ask("threads")
    wait_until(lambda: log.exists() and len(log.read_text().splitlines()) > 4, what="threads write")

    mark = dev.mark()
    save(dev, "m1")
    swapped = dev.wait_event("worker.draining", after=mark)
    gone = dev.wait_event("worker.exited", after=mark, where=lambda event: event["pid"] == old)

    written = log.read_text().count("m0")
    dev.ask("threads")
    wait_until(lambda: log.read_text().count("m1") > 20, what="the new threads write")
    assert log.read_text().count("m0") == written
    assert seconds_between(swapped, gone) < END_SECONDS


def test_row_106_background_tasks_are_cancelled_and_may_tidy_up(dev: Program) -> None:
    old = dev.serving_pid()
    dev.ask("tasks")

    mark = dev.mark()
    save(dev, "m1")
    swapped = dev.wait_event("worker.draining", after=mark)
    gone = dev.wait_event("worker.exited", after=mark, where=lambda event: event["pid"] == old)

    assert dev.project.read("background.log") == "m0 tidy\n"
    assert seconds_between(swapped, gone) < END_SECONDS


def test_row_108_children_end_with_their_generation(dev: Program) -> None:
    for number in range(10):
        old = dev.serving_pid()
        family = [int(pid) for pid in dev.ask("family").split()]
        assert len(family) == 6
        assert all(is_alive(pid) for pid in family)
        save(dev, f"m{number + 1}")
        wait_gone(old)
        for pid in family:
            wait_gone(pid)


# What boot holds


def test_row_114_port_and_database_are_handed_over(
    start: Start, tmp_path: Path, free_port: int
) -> None:
    project = Project(tmp_path / "project", {"app.py": apps.PORT_APP})
    dev = start(project, environment={"FIXTURE_PORT": str(free_port)})
    files = []

    for number in range(20):
        outcome = save(dev, f"m{number + 1}")
        assert ask_port(free_port) == f"m{number + 1}"
        assert any("held what it needs" in note for note in outcome["notes"]), outcome
        main, _, count = dev.ask("?").partition(" ")
        assert main == f"main=m{number + 1}"
        files.append(int(count))

    assert files[0] == files[-1]
    wait_until(lambda: len(dev.workers()) <= 2, what="only what serves and the standby are left")


def test_row_114_port_without_a_shutdown_hook_gives_a_clear_error(
    start: Start, tmp_path: Path, free_port: int
) -> None:
    project = Project(tmp_path / "project", {"app.py": apps.WITHOUT_SHUTDOWN})
    dev = start(project, environment={"FIXTURE_PORT": str(free_port)})
    mark = dev.mark()
    project.edit("app.py", '"m0"', '"m1"')
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["phase"] == "boot"
    assert outcome["error"]["file"] == "app.py"
    assert "@app.shutdown()" in outcome["error"]["message"]
    assert ask_port(free_port) == "m0"
    assert dev.ask("?").startswith("main=m0")
    assert dev.status()["stale"] is True


def test_row_115_old_code_answers_while_boot_takes_long(start: Start, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", {"app.py": apps.SLOW_BOOT_APP})
    dev = start(project)
    mark = dev.mark()
    project.save("app.py", apps.SLOW_BOOT_APP.replace('"m0"', '"m1"').replace("False", "True"))
    booting = wait_until(
        lambda: (now := dev.status())["reload"] and now["reload"]["phase"] == "boot" and now,
        what="the status shows that the new code boots",
    )
    slow_pid = next(item["pid"] for item in booting["workers"] if item["state"] == "booting")
    wait_until(lambda: dev.status()["reload"]["elapsed_ms"] > 1_000, what="seconds are counted")
    assert booting["state"] == "reloading"
    assert booting["reload"]["files"] == ["app.py"]
    assert dev.ask("?") == "main=m0"

    project.edit("app.py", '"m1"', '"m2"')
    dev.wait_event("reload.superseded", after=mark)
    wait_gone(slow_pid)
    wait_until(
        lambda: (now := dev.status())["reload"] and now["reload"]["phase"] == "boot",
        what="the newer code boots in its place",
    )
    assert dev.ask("?") == "main=m0"
    project.write("uploads/go", "")
    outcome = dev.wait_outcome(mark)

    assert outcome["kind"] == "reload.succeeded"
    assert dev.ask("?") == "main=m2"
    assert dev.outcomes(mark) == ["superseded", "succeeded"]
    assert project.read("boot.log") == "m0\nm1\nm2\n"


def test_row_116_module_state_starts_anew_and_session_state_stays(dev: Program) -> None:
    said = [dev.ask("count") for _ in range(3)]

    save(dev, "m1")

    assert said == [f"module={number} session={number}" for number in (1, 2, 3)]
    assert dev.ask("count") == "module=1 session=4"


def test_row_118_global_registries_are_filled_once(start: Start, tmp_path: Path) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "registry.py").write_text(apps.REGISTRY_LIBRARY, "utf-8")
    path = os.pathsep.join([str(library), *filter(None, [os.environ.get("PYTHONPATH")])])
    project = Project(tmp_path / "project", {"app.py": apps.REGISTRY_APP})
    dev = start(project, environment={"PYTHONPATH": path})

    for number in range(5):
        save(dev, f"m{number + 1}")
        mark = dev.mark()
        assert dev.ask("?") == f"main=m{number + 1} registered=2"
        dev.wait_event("turn.finished", after=mark)
        records = dev.since(mark, "log.recorded")
        assert [event["text"] for event in records] == [f"line of m{number + 1}"]
        # What the app's own handlers write of it is that same line.
        assert dev.since(mark, "output.written") == []
