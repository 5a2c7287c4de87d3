"""Section D of `reload.md`, from row 92: what is installed, built, and run on."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.reload.conftest import Start
from tests.reload.endpoint import wait_until
from tests.reload.interpreters import make_environment, packages_of
from tests.reload.project import APP, Project

FINDER = """
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location


MAPPING = {mapping!r}


class Finder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            place = MAPPING[fullname]
            return spec_from_file_location(
                fullname, place + "/__init__.py", submodule_search_locations=[place]
            )
        return None


def install():
    sys.meta_path.append(Finder)
"""


@pytest.mark.parametrize("style", ["path", "finder"])
def test_row_092_an_editable_installation_is_a_source(
    own_project: Project, tmp_path: Path, start: Start, style: str
) -> None:
    environment = tmp_path / "environment"
    python = make_environment(environment)
    library = tmp_path / "lib" / "src" / "mylib"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("from mylib.part import VALUE\n")
    (library / "part.py").write_text('VALUE = "l0"\n')
    packages = packages_of(environment)
    if style == "path":
        (packages / "__editable__.mylib.pth").write_text(f"{library.parent}\n")
    else:
        mapping = {"mylib": str(library)}
        (packages / "__editable___mylib_finder.py").write_text(FINDER.format(mapping=mapping))
        line = "import __editable___mylib_finder; __editable___mylib_finder.install()\n"
        (packages / "__editable__.mylib.pth").write_text(line)
    own_project.save(
        "app.py",
        APP.replace("import helper", "import helper\nimport mylib").replace('"m0"', "mylib.VALUE"),
    )
    own_project.sources = None
    dev = start(own_project, python=python)
    assert dev.versions()["main"] == "l0"
    for number in (1, 2):
        mark = dev.mark()

        (library / "part.py").write_text(f'VALUE = "l{number}"\n')
        outcome = dev.wait_outcome(mark)

        assert (outcome["kind"], outcome["files"]) == (
            "reload.succeeded",
            [str(library / "part.py")],
        )
        assert dev.versions()["main"] == f"l{number}"
        assert dev.status()["warnings"] == []


EXTENSION = """
#include <Python.h>

static PyObject *value(PyObject *self, PyObject *args) {{
    return PyUnicode_FromString("{value}");
}}

static PyMethodDef methods[] = {{{{"value", value, METH_NOARGS, ""}}, {{NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "fast", "", -1, methods}};

PyMODINIT_FUNC PyInit_fast(void) {{ return PyModule_Create(&module); }}
"""


def build(folder: Path, value: str) -> bytes:
    source, library = folder / "fast.c", folder / "built.so"
    source.write_text(EXTENSION.format(value=value))
    include = f"-I{sysconfig.get_path('include')}"
    subprocess.run(["cc", "-shared", "-fPIC", include, "-o", library, source], check=True)
    return library.read_bytes()


def can_build() -> bool:
    header = Path(sysconfig.get_path("include")) / "Python.h"
    return shutil.which("cc") is not None and header.is_file()


@pytest.mark.skipif(not can_build(), reason="there is no C compiler, or no Python.h")
def test_row_093_a_rebuilt_extension_is_live_and_breaks_no_running_worker(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    name = f"fast{sysconfig.get_config_var('EXT_SUFFIX')}"
    own_project.path(name).write_bytes(build(tmp_path, "x0"))
    own_project.save(
        "app.py",
        APP.replace("import helper", "import fast\nimport helper").replace(
            "main={MAIN}", "main={fast.value()}"
        ),
    )
    own_project.sources = {*own_project.original, "app.py", name}
    dev = start(own_project)
    assert dev.versions()["main"] == "x0"
    turn = dev.post("slow 20")
    dev.wait_event("reply.chunk")
    worker = dev.serving_pid()
    mark = dev.mark()

    # In place, as some tools do: what runs must not notice.
    data = build(tmp_path, "x1")
    with open(own_project.path(name), "r+b") as file:
        file.truncate(0)
        file.write(data)
    outcome = dev.wait_outcome(mark)

    assert (outcome["kind"], outcome["files"]) == ("reload.succeeded", [name])
    assert dev.versions()["main"] == "x1"
    assert dev.wait_turn(turn)["status"] == "done"
    ended = dev.wait_event("worker.exited", after=mark, where=lambda event: event["pid"] == worker)
    assert ended["exit_code"] == 0


def test_row_094_another_interpreter_is_said_to_need_a_restart(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    environment = tmp_path / "environment"
    dev = start(own_project, python=make_environment(environment))
    assert dev.status()["warnings"] == []

    # What `python -m venv --clear` with another version does.
    (environment / "pyvenv.cfg").write_text("home = /elsewhere\nversion = 3.99.0\n")

    def is_said() -> bool:
        return any(
            "has changed since the start: restart cpsl dev" in warning
            for warning in dev.status()["warnings"]
        )

    wait_until(is_said, what="it is said")


def test_row_094_an_interpreter_that_is_gone_leaves_the_last_good_generation(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    environment = tmp_path / "environment"
    dev = start(own_project, "--no-standby", python=make_environment(environment))
    shutil.move(environment, tmp_path / "gone")

    outcome = dev.edit("helper.py", "h0", "h1")

    assert outcome["kind"] == "reload.failed"
    assert outcome["error"]["phase"] == "worker"
    assert outcome["error"]["message"].startswith("no worker can start:")
    assert dev.versions()["h"] == "h0"
    shutil.move(tmp_path / "gone", environment)
    assert dev.edit("helper.py", "h1", "h2")["kind"] == "reload.succeeded"


LIBRARY = """
import os


SEEN = os.environ.get("MODE", "none")
"""


def test_a_variable_that_the_app_sets_reaches_the_libraries_as_at_a_cold_start(
    own_project: Project, tmp_path: Path, start: Start
) -> None:
    environment = tmp_path / "environment"
    python = make_environment(environment)
    (packages_of(environment) / "reads_mode.py").write_text(LIBRARY)
    sets = 'import os\nos.environ["MODE"] = "v0"\nimport reads_mode\n'
    own_project.save("app.py", sets + APP.replace('"m0"', "reads_mode.SEEN"))
    dev = start(own_project, python=python)
    assert dev.versions()["main"] == "v0"
    for number in (1, 2, 3):
        dev.wait_standby()

        outcome = dev.edit("app.py", f'"v{number - 1}"', f'"v{number}"')

        assert dev.versions()["main"] == f"v{number}"
        assert dev.ask("variable MODE") == f"'v{number}'"
        assert any("MODE" in note for note in outcome["notes"]), outcome
    outcome = dev.edit("app.py", "import helper\n", "import helper\n\n")
    assert not any("MODE" in note for note in outcome["notes"]), outcome
