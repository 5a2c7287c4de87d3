"""Section C of the scenarios, from row 60: files that come and go, folders, and what lies below.

Rows have their numbers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reload.editors import assert_no_more, on_busy, outcome_of, with_main
from tests.reload.harness import Program, wait_until
from tests.reload.interpreters import make_environment
from tests.reload.invariants import Invariants
from tests.reload.project import FILES, Project

Start = Callable[..., Program]

LIVE_SECONDS = 2.0
READY_SECONDS = 3.0
NEW_MODULES = 10
MANY_FILES = 1_000
DATA_FOLDERS, DATA_FILES = 200, 1_000
STATE_BYTES = 4 * 1024 * 1024


def unshare(*setup: str) -> tuple[str, ...]:
    """Return the start of a command that runs in namespaces of its own, once they are set up."""
    return ("unshare", "-Urm", "sh", "-c", " && ".join([*setup, 'exec "$@"']), "sh")


needs_namespaces = pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*unshare(), "true"]).returncode != 0,
    reason="this system gives no user namespaces",
)


def live(dev: Program, main: str) -> None:
    """Wait until the code on the disk runs, and check that it is this version."""
    dev.wait_live()
    assert dev.versions()["main"] == main


# Modules


def test_row_060_new_module_and_its_import_are_one_save(dev: Program, project: Project) -> None:
    for number in range(NEW_MODULES):
        name = f"new{number}"
        text = with_main(project, "m1").replace('"m1"', f"{name}.VALUE")
        steps = [
            lambda text=text, name=name: project.save("app.py", f"import {name}\n{text}"),
            lambda name=name: project.save(f"{name}.py", f'VALUE = "{name}"\n'),
        ]
        project.sources = {*project.original, f"{name}.py"}
        mark = dev.mark()

        steps[number % 2]()
        steps[1 - number % 2]()

        live(dev, name)
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

    live(dev, "v1")
    assert dev.edit("a/b/m.py", "v1", "v2")["files"] == ["a/b/m.py"]
    assert dev.versions()["main"] == "v2"


def test_row_061_missing_folders_mend_a_failed_import(dev: Program, project: Project) -> None:
    text = project.original["app.py"].replace('MAIN = "m0"', "from a.b.m import VALUE as MAIN")
    assert dev.save("app.py", text)["kind"] == "reload.failed"
    project.sources = {*project.original, "a/b/m.py"}

    project.write("a/b/m.py", 'VALUE = "v1"\n')

    live(dev, "v1")


def shadowed_helper(module: str) -> str:
    """Return a helper that says which of two modules of a name it has got."""
    return FILES["helper.py"].replace(
        'H = "h0"', f'import {module}\n\nH = getattr({module}, "H", "installed")'
    )


@pytest.mark.parametrize("module", ["random", "json", "click"])
def test_row_062_shadowing_module_is_as_at_a_cold_start(
    own_project: Project, start: Start, module: str
) -> None:
    own_project.save("helper.py", shadowed_helper(module))
    # As the `cpsl` command does: what is in the current folder is for the app alone.
    dev = start(own_project, environment={"PYTHONSAFEPATH": "1"})
    assert dev.versions()["h"] == "installed"
    own_project.sources = {*own_project.original, f"{module}.py"}

    outcome = dev.save(f"{module}.py", 'H = "own"\n')

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", [f"{module}.py"])
    seen = (dev.versions(), dev.status()["warnings"])
    assert seen[0]["h"] == "own"
    assert any(f"{module!r} in the app's folder hides" in text for text in seen[1]), seen[1]
    dev.stop()
    dev.start()
    assert (dev.versions(), dev.status()["warnings"]) == seen


@pytest.mark.parametrize("module", ["random", "click"])
def test_row_063_installed_module_is_back_when_its_shadow_goes(
    dev: Program, project: Project, module: str
) -> None:
    project.write(f"{module}.py", 'H = "own"\n')
    project.sources = {*project.original, f"{module}.py"}
    assert dev.save("helper.py", shadowed_helper(module))["kind"] == "reload.succeeded"
    assert dev.versions()["h"] == "own"
    # What a program would have left that runs beside this one.
    compile_it = ["-c", "import py_compile, sys; py_compile.compile(sys.argv[1])", f"{module}.py"]
    subprocess.run(["python3", "-I", *compile_it], cwd=project.folder, check=True)
    project.sources = set(project.original)

    outcome = outcome_of(dev, lambda: project.remove(f"{module}.py"))

    assert outcome["kind"] == "reload.succeeded"
    assert dev.versions()["h"] == "installed"
    assert dev.status()["warnings"] == []


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
        outcome = outcome_of(dev, lambda save=save, text=text: save("helper.py", text))

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


# Names


@pytest.mark.parametrize(
    "place",
    ["node_modules/.venv/.git/dist", "a b#c%d[e]/\N{GRINNING FACE}/\xe9/e\u0301"],
    ids=["tools", "characters"],
)
def test_row_067_any_path_can_hold_a_project(tmp_path: Path, start: Start, place: str) -> None:
    project = Project(tmp_path / place / "project")
    dev = start(project)

    for number in (1, 2):
        outcome = dev.save("app.py", with_main(project, f"m{number}"))

        assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", ["app.py"])
        assert dev.versions()["main"] == f"m{number}"


def test_row_068_name_that_is_no_text_is_warned_of_once(
    own_project: Project, start: Start
) -> None:
    dev = start(own_project)
    folder = os.fsencode(own_project.folder)

    for name in (b"\xff.py", b"\xfe.py"):
        with open(folder + b"/" + name, "w", encoding="utf-8") as file:
            file.write("VALUE = 1\n")
        wait_until(lambda: dev.status()["warnings"], what="a warning is shown")

    for number in range(1, 4):
        assert dev.save("app.py", with_main(own_project, f"m{number}"))["files"] == ["app.py"]
        assert dev.versions()["main"] == f"m{number}"
    status = dev.status()
    assert status["watch"]["mode"] == "native"
    (warning,) = status["warnings"]
    assert "not UTF-8" in warning


# Whole trees


@pytest.mark.parametrize("gap_seconds", [0.0, 0.5])
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
        live(dev, f"m{number}")

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
CHECKED = '''

import importlib
import pkgutil

import many

found = [
    importlib.import_module(f"many.{item.name}").VERSION
    for item in pkgutil.iter_modules(many.__path__)
]
if set(found) != {MAIN} or len(found) != COUNT:
    raise RuntimeError(f"{MAIN} with {sorted(set(found))} in {len(found)} files")
'''


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

    for main in ("m1", "m2", "m1", "m2"):
        mark = dev.mark()
        git(own_project, "checkout", "--quiet", f"branch-{main}")

        outcome = dev.wait_outcome(mark)
        assert outcome["kind"] == "reload.succeeded", outcome
        assert dev.versions()["main"] == main
        assert_no_more(dev, outcome["seq"])
        git(own_project, "checkout", "--quiet", "--", "pkg")
        dev.wait_outcome(dev.mark() - 1)
        assert dev.outcomes(mark)[0] == "succeeded"


def test_row_072_history_that_is_rewritten_ends_on_the_disks_state(
    own_project: Project, start: Start
) -> None:
    helper = own_project.original["helper.py"]
    put_under_git(own_project)
    git(own_project, "checkout", "--quiet", "-b", "other")
    for number in range(30):
        own_project.write("helper.py", helper.replace("h0", f"h{number + 1}"))
        commit(own_project, f"Change {number}")
    git(own_project, "checkout", "--quiet", "first")
    own_project.write("app.py", with_main(own_project, "m1"))
    commit(own_project, "Go on")
    git(own_project, "checkout", "--quiet", "other")
    dev = start(own_project)
    mark = dev.mark()

    git(own_project, "rebase", "--quiet", "first")

    live(dev, "m1")
    assert dev.versions()["h"] == "h30"
    assert "failed" not in dev.outcomes(mark)
    assert dev.outcomes(mark).count("succeeded") <= 5

    own_project.write("helper.py", helper.replace("h0", "h99"))
    dev.wait_live()
    git(own_project, "stash")
    git(own_project, "stash", "pop")

    dev.wait_live()
    assert dev.versions()["h"] == "h99"
    git(own_project, "checkout", "--quiet", "--", "helper.py")
    mark = dev.mark()

    git(own_project, "bisect", "start", "HEAD", "HEAD~30")
    git(own_project, "bisect", "run", "grep", "-q", "h[0-9]\\>", "helper.py")

    dev.wait_live()
    assert "failed" not in dev.outcomes(mark)
    assert dev.versions()["h"] in own_project.read("helper.py")


# What is none of the app's


def processor_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_row_074_files_of_tools_cost_nothing(dev: Program, project: Project) -> None:
    mark = dev.mark()
    began, used = time.monotonic(), processor_seconds(dev.pid)
    names = (".venv", "venv", "env", "__pycache__", ".git", "node_modules", ".mypy_cache", "dist")

    for name in (*names, ".cpsl/more"):
        project.path(name).mkdir(exist_ok=True)
        for number in range(MANY_FILES):
            os.close(os.open(project.path(f"{name}/file{number}.py"), os.O_CREAT | os.O_WRONLY))

    assert_no_more(dev, mark)
    # Its own part is small; asking for the status all along is most of it.
    assert processor_seconds(dev.pid) - used < 0.5 * (time.monotonic() - began)
    for name in (*names, ".cpsl/more"):
        shutil.rmtree(project.path(name))


def test_row_075_virtual_environment_can_be_the_project(tmp_path: Path, start: Start) -> None:
    project = Project(tmp_path / "project")
    dev = start(project, python=make_environment(project.folder))
    assert project.path("pyvenv.cfg").is_file()

    for name, new in (("app.py", "m1"), ("helper.py", "h1")):
        outcome = dev.edit(name, f'"{new[0]}0"', f'"{new}"')

        assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", [name])
    assert (dev.versions()["main"], dev.versions()["h"]) == ("m1", "h1")


def test_row_076_what_the_app_writes_reloads_nothing(dev: Program, project: Project) -> None:
    mark = dev.mark()

    for number in range(10):
        assert dev.ask(f"files {number}") == "written"

    assert_no_more(dev, mark)


GENERATING = """

try:
    from generated import VALUE
except ImportError:
    VALUE = 0


@app.boot()
async def generate():
    Path("generated.py").write_text(f"VALUE = {@}\\n")
"""


@pytest.mark.parametrize("value", ["1", "VALUE + 1"], ids=["the same", "another each time"])
def test_row_077_code_that_boot_writes_settles(
    own_project: Project, start: Start, value: str
) -> None:
    text = own_project.original["app.py"]
    boot = text.index("@app.boot()")
    rest = text.index("@app.message()")
    generating = GENERATING.replace("@", value, 2).replace("1.boot", "@app.boot")
    own_project.save("app.py", text[:boot] + generating.lstrip() + "\n\n" + text[rest:])
    own_project.sources = None
    dev = start(own_project)

    dev.stays_quiet(wait_second_load(dev))

    assert len(dev.since(0, "reload.started")) <= 2
    assert dev.edit("app.py", "m0", "m1")["kind"] == "reload.succeeded"


def wait_second_load(dev: Program) -> int:
    return dev.mark()


# What watches


@needs_namespaces
@pytest.mark.parametrize("what", ["instances", "watches"])
def test_row_078_files_are_polled_where_no_watch_is_left(
    own_project: Project, start: Start, what: str
) -> None:
    dev = start(own_project, prefix=unshare(f"echo 0 > /proc/sys/user/max_inotify_{what}"))

    wait_until(lambda: dev.status()["watch"]["mode"] == "polling", what="files are polled")

    (warning,) = dev.status()["warnings"]
    assert warning.startswith("Files are polled, as they cannot be watched:")
    assert f"max_user_{what}" in warning
    for number in range(1, 4):
        saved = time.monotonic()
        assert dev.save("app.py", with_main(own_project, f"m{number}"))["files"] == ["app.py"]
        assert time.monotonic() - saved < on_busy(LIVE_SECONDS)
        assert dev.versions()["main"] == f"m{number}"


def test_row_079_folder_of_data_costs_nothing(own_project: Project, start: Start) -> None:
    for number in range(DATA_FOLDERS):
        folder = own_project.path(f"data/part{number}")
        folder.mkdir(parents=True)
        for name in range(DATA_FILES):
            os.mknod(folder / f"{name}.py")
    began = time.monotonic()

    dev = start(own_project)

    assert time.monotonic() - began < on_busy(READY_SECONDS)
    roots = dev.status()["watch"]["roots"]
    assert not [root for root in roots if root.startswith(str(own_project.path("data")))]
    assert dev.edit("app.py", '"m0"', '"m1"')["files"] == ["app.py"]
    assert dev.versions()["main"] == "m1"


DEAF_WATCH = '''\
import watchfiles


def watch(*paths, stop_event, **options):
    while not stop_event.wait(0.05):
        yield set()


watchfiles.watch = watch
'''


def test_row_080_poll_sees_what_nobody_told(
    own_project: Project, start: Start, tmp_path: Path
) -> None:
    patch = tmp_path / "patch" / "sitecustomize.py"
    patch.parent.mkdir()
    patch.write_text(DEAF_WATCH)
    dev = start(own_project, environment={"PYTHONPATH": str(patch.parent)})
    assert dev.status()["watch"]["mode"] == "native"

    for number in range(1, 4):
        saved = time.monotonic()
        assert dev.save("app.py", with_main(own_project, f"m{number}"))["files"] == ["app.py"]
        assert time.monotonic() - saved < on_busy(LIVE_SECONDS)
        assert dev.versions()["main"] == f"m{number}"


@needs_namespaces
def test_row_081_full_disk_refuses_messages_until_there_is_room(
    own_project: Project, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    setup = f"mount -t tmpfs -o size={STATE_BYTES} tmpfs '{state}'"
    with Program(own_project, "--data-dir", str(state), prefix=unshare(setup)) as dev:
        # The mount is seen by way of the program alone.
        inside = Path(f"/proc/{dev.pid}/root{state}")
        own_project.path(".cpsl").symlink_to(inside)
        with Invariants(dev):
            assert dev.versions()["main"] == "m0"
            fill(inside / "fill")

            own_project.save("app.py", with_main(own_project, "m1"))
            status, problem = dev.request("POST", "/sessions/s1/messages", {"text": "full?"})

            assert (status, problem["status"]) == (507, 507), problem
            assert len(dev.get("/sessions/s1/turns")["turns"]) == 1
            (inside / "fill").unlink()
            live(dev, "m1")


def fill(path: Path) -> None:
    """Write until there is no room left."""
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return
