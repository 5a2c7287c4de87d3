"""Section C of `reload.md`, rows 71 to 81: many files at once, what the app writes, limits."""

from __future__ import annotations

import mmap
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.endpoint import wait_until
from tests.reload.harness import Program
from tests.reload.interpreters import make_environment
from tests.reload.project import APP, HELPER, Project
from tests.servers import is_alive


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    subprocess.run([*command, *arguments], cwd=folder, check=True, capture_output=True)


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


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder where many files are made fast, if the system has one in memory."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(prefix="cpsl-rows-", dir=place) as folder:
        yield Path(folder)


def test_row_079_a_large_folder_of_data_costs_nothing(
    in_memory: Path, tmp_path: Path, start: Start
) -> None:
    own_project = Project(in_memory / "project")
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
