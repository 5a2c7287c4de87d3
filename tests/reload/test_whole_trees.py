"""Section C of the scenarios, more of it: whole trees, and the disk. Rows have their numbers."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.editors import expect_main, on_busy, with_main
from tests.reload.harness import Program
from tests.reload.invariants import Invariants
from tests.reload.project import Project

LIVE_SECONDS = 2.0
COMMITS = 30
STATE_BYTES = 4 * 1024 * 1024


def unshare(*setup: str) -> tuple[str, ...]:
    """Return the start of a command that runs in namespaces of its own, once they are set up."""
    return ("unshare", "-Urm", "sh", "-c", " && ".join([*setup, 'exec "$@"']), "sh")


@pytest.mark.parametrize("gap_seconds", [0.0, 0.1])
def test_row_070_folder_that_is_made_again_is_followed(
    own_project: Project, start: Start, gap_seconds: float
) -> None:
    dev = start(own_project)
    assert dev.versions()["main"] == "m0"

    for number in (1, 2):
        shutil.rmtree(own_project.folder)
        time.sleep(gap_seconds)
        own_project.folder.mkdir()
        for name in own_project.original:
            own_project.write(name, own_project.original[name])
        own_project.write("app.py", with_main(own_project, f"m{number}"))
        expect_main(dev, f"m{number}")

        saved = time.monotonic()
        assert dev.save("app.py", with_main(own_project, f"n{number}"))["files"] == ["app.py"]
        assert time.monotonic() - saved < on_busy(LIVE_SECONDS)
        assert dev.versions()["main"] == f"n{number}"


def git(project: Project, *arguments: str) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@localhost")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_EDITOR": "true"}
    command = ["git", *who, *arguments]
    subprocess.run(
        command, cwd=project.folder, check=True, env=environment, capture_output=True, timeout=60
    )


def commit(project: Project, text: str) -> None:
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--message", text)


def put_under_git(project: Project) -> None:
    git(project, "init", "--quiet", "--initial-branch", "first")
    project.write(".gitignore", ".cpsl\nboot.log\n__pycache__\n")
    commit(project, "Begin")


# Refuses to be loaded from a mix of two branches.
CHECKED = """

import importlib
import pkgutil

import many

found = [
    importlib.import_module(f"many.{item.name}").VERSION
    for item in pkgutil.iter_modules(many.__path__)
]
if set(found) != {MAIN} or len(found) != COUNT:
    raise RuntimeError(f"{MAIN} with {sorted(set(found))} in {len(found)} files")
"""


def write_branch(project: Project, main: str, count: int) -> None:
    shutil.rmtree(project.path("many"), ignore_errors=True)
    project.write("many/__init__.py", "")
    for number in range(count):
        project.write(f"many/part_{number:03}.py", f'VERSION = "{main}"\n')
    project.write("app.py", with_main(project, main) + f"\n\nCOUNT = {count}" + CHECKED)


def test_row_071_branch_of_600_files_is_one_reload(own_project: Project, start: Start) -> None:
    counts = {"m1": 600, "m2": 300}
    own_project.sources = None
    put_under_git(own_project)
    for main, count in counts.items():
        git(own_project, "checkout", "--quiet", "-b", f"branch-{main}")
        write_branch(own_project, main, count)
        commit(own_project, main)
    dev = start(own_project)
    assert dev.versions()["main"] == "m2"

    for main in ("m1", "m2"):
        mark = dev.mark()
        git(own_project, "checkout", "--quiet", f"branch-{main}")

        outcome = dev.wait_outcome(mark)
        assert outcome["kind"] == "reload.succeeded", outcome
        assert dev.versions()["main"] == main
        dev.stays_quiet(outcome["seq"])
        assert dev.outcomes(mark) == ["succeeded"], dev.since(mark)


def test_row_072_stash_and_bisect_end_on_the_disks_state(
    own_project: Project, start: Start
) -> None:
    helper = own_project.original["helper.py"]
    put_under_git(own_project)
    for number in range(1, COMMITS + 1):
        own_project.write("helper.py", helper.replace("h0", f"h{number}"))
        commit(own_project, f"Change {number}")
    dev = start(own_project)
    own_project.write("helper.py", helper.replace("h0", "h99"))
    dev.wait_live()
    mark = dev.mark()

    git(own_project, "stash")
    git(own_project, "stash", "pop")

    dev.wait_live()
    assert dev.versions()["h"] == "h99"
    git(own_project, "checkout", "--quiet", "--", "helper.py")

    git(own_project, "bisect", "start", "HEAD", f"HEAD~{COMMITS}")
    git(own_project, "bisect", "run", "grep", "-q", "h[0-9]\\b", "helper.py")

    dev.wait_live()
    assert dev.versions()["h"] in own_project.read("helper.py")
    assert "failed" not in dev.outcomes(mark)


GENERATING = """

try:
    from generated import VALUE
except ImportError:
    VALUE = 0


@app.boot()
async def generate():
    Path("generated.py").write_text(f"VALUE = {NEXT}\\n")
"""


@pytest.mark.parametrize("value", ["1", "VALUE + 1"], ids=["the same", "another each time"])
def test_row_077_code_that_was_not_there_at_first_settles(
    own_project: Project, start: Start, value: str
) -> None:
    text = own_project.original["app.py"]
    boot = text.index("@app.boot()")
    rest = text.index("@app.message()")
    generating = GENERATING.replace("NEXT", value)
    own_project.save("app.py", text[:boot] + generating.lstrip() + "\n\n" + text[rest:])
    own_project.sources = None
    dev = start(own_project)

    # As a start from here would import it.
    dev.wait_outcome_of("generated.py", 0)
    dev.stays_quiet(dev.mark())

    assert len(dev.since(0, "reload.started")) <= 2
    assert dev.edit("app.py", "m0", "m1")["kind"] == "reload.succeeded"


# The disk


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*unshare(), "true"]).returncode != 0,
    reason="this system gives no user namespaces",
)
def test_row_081_full_disk_refuses_messages_until_there_is_room(
    own_project: Project, tmp_path: Path
) -> None:
    state, link = tmp_path / "state", tmp_path / "link"
    state.mkdir()
    link.symlink_to(state)
    setup = f"mount -t tmpfs -o size={STATE_BYTES} tmpfs '{state}'"
    with Program(own_project, "--data-dir", str(link), prefix=unshare(setup)) as dev:
        # The mount is the program's own: others see it through the program.
        inside = Path(f"/proc/{dev.pid}/root{state}")
        link.unlink()
        link.symlink_to(inside)
        with Invariants(dev):
            assert dev.versions()["main"] == "m0"
            fill(inside / "fill")

            own_project.save("app.py", with_main(own_project, "m1"))
            status, problem = dev.request("POST", "/sessions/s1/messages", {"text": "full?"})

            assert (status, problem["status"]) == (507, 507), problem
            assert len(dev.get("/sessions/s1/turns")["turns"]) == 1
            (inside / "fill").unlink()
            expect_main(dev, "m1")


def fill(path: Path) -> None:
    """Write until there is no room left."""
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return
