"""What editors and tools do to the files of a project, step by step, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.reload.endpoint import Json
from tests.reload.harness import Program
from tests.reload.project import Project

# A file that no row is about.
PROBE = "pkg/sub.py"


def on_busy(seconds: float) -> float:
    """Return a limit in seconds as it is on a machine that has more to do than it can."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def with_main(project: Project, main: str) -> str:
    """Return the text of app.py with another version, of the same size where that is."""
    return project.original["app.py"].replace('MAIN = "m0"', f'MAIN = "{main}"')


def replace_with_copy(path: Path, text: str, *, seconds_older: float) -> None:
    """Put a file in place that is older than the one there, as `cp -p` and `tar` do."""
    part = path.with_name(f".{path.name}.old")
    part.write_text(text, "utf-8")
    moment = path.stat().st_mtime - seconds_older
    os.utime(part, (moment, moment))
    part.replace(path)


def outcome_of(dev: Program, act: Callable[[], object], *, probe: str = PROBE) -> Json:
    """Return how the one reload ended that an act leads to; another one is a failure."""
    mark = dev.mark()
    act()
    outcome = dev.wait_outcome(mark)
    assert_no_more(dev, outcome["seq"], probe=probe)
    assert len(dev.outcomes(mark)) == 2, dev.since(mark, "reload.started", "reload.failed")
    return outcome


def assert_no_more(dev: Program, mark: int, *, probe: str = PROBE) -> None:
    """Fail if anything has happened since that is a reason to reload, told or not yet told.

    A look compares all files: the reload of one more save names whatever waits to be told.
    """
    project = dev.project
    project.save(probe, f"{project.read(probe)}# {mark}\n")
    probed = dev.wait_outcome(mark)
    assert probed["files"] == [probe], probed
    assert dev.outcomes(mark) == [probed["kind"].removeprefix("reload.")]


def expect_main(dev: Program, main: str) -> None:
    """Wait until the code on the disk runs, and check that it is this version."""
    dev.wait_live()
    assert dev.versions()["main"] == main
