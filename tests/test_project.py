"""What holds for the project as a whole: sizes, tests of every module, light imports, rows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import cpsl

ROOT = Path(__file__).parents[1]
PACKAGES = ("cpsl", "cpsl_dev")
# An app like those of users, which a standby runs to be warm: no part of what runs it.
_REHEARSED = ROOT / "cpsl_dev" / "worker" / "rehearsed"
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.parent != _REHEARSED
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_MODULE = 400
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# What starts a package or a program says nothing that could be tested apart.
_STARTERS = ("__init__", "__main__")


def test_no_module_and_no_test_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in (*MODULES, *TESTS)}

    assert len(MODULES) > 100
    assert len(TESTS) > 100
    assert not {_name(path): n for path, n in lengths.items() if n > LONGEST_MODULE}


def test_every_module_has_a_test_file_of_its_name() -> None:
    tested = [path for path in MODULES if path.stem not in _STARTERS and _does_something(path)]
    missing = {_name(path) for path in tested if not _test_of(path).is_file()}

    assert len(tested) > 100
    assert not missing


def test_importing_cpsl_loads_no_terminal_and_no_web_library() -> None:
    heavy = ("aiohttp", "click", "httpx", "requests", "rich", "textual", "watchfiles")
    code = f"import sys, cpsl; print([name for name in {heavy!r} if name in sys.modules])"

    assert _run(code) == "[]"


def test_importing_cpsl_loads_no_other_library_than_orjson() -> None:
    code = """
import sys
before = set(sys.modules)
import cpsl
names = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(names - set(sys.stdlib_module_names) - {"cpsl"}))
"""

    assert _run(code) == "['orjson']"


def test_a_worker_loads_no_terminal_no_web_library_and_no_front_end() -> None:
    heavy = ("aiohttp", "click", "rich", "textual", "watchfiles", "cpsl_dev.server", "sqlite3")
    code = (
        "import sys, cpsl_dev.worker.process;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    assert _run(code) == "[]"


def test_the_public_names_are_sorted() -> None:
    names = [name for name in cpsl.__all__ if not name.startswith("_")]

    assert names == sorted(names, key=_kind_and_name)
    assert len(set(cpsl.__all__)) == len(cpsl.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_page_of_the_architecture_has_the_rows_that_are_checked(package: str) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = text.split(f"### `{package}`\n")[1].split("\n#")[0]
    shown = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in _rows(section)]

    assert shown == _layers(package)


def test_every_package_with_several_modules_has_rows() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    with_rows = {name for contract in contracts for name in contract.get("containers", ())}
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in MODULES}

    # Here every module stands by itself, but for a base that some of them share.
    assert packages - with_rows <= {"cpsl_dev.debug.routes", *_packages_of_widgets()}
    assert all(contract["exhaustive"] for contract in contracts if "containers" in contract)


def test_the_readme_has_one_command_to_install_and_one_to_test() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    commands = [line for line in lines if line.startswith("python3 -m venv ")]

    assert [command.rpartition(" && ")[2] for command in commands] == [
        ".venv/bin/cpsl dev examples/notebook/app.py",
        ".venv/bin/python -m pytest -n 2 --dist loadscope",
    ]


def test_every_dependency_has_a_lower_bound_and_no_upper_one() -> None:
    wrong = [
        requirement
        for requirement in PROJECT["project"]["dependencies"]
        if not re.fullmatch(r"[a-z0-9-]+>=[0-9][0-9.]*", requirement)
    ]

    assert not wrong


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _test_of(path: Path) -> Path:
    place = path.relative_to(ROOT)
    return ROOT / "tests" / place.parent / f"test_{path.stem}.py"


def _does_something(path: Path) -> bool:
    """Tell whether a module has any function with a body: one of types alone has not."""
    functions = (
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    # A docstring and `...` are constants.
    return any(
        not (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
        for function in functions
        for step in function.body
    )


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _kind_and_name(name: str) -> tuple[int, str]:
    """Order names as ruff does: constants, classes, the rest."""
    if name.isupper() and len(name) > 1:
        return (0, name)
    return (1 if name[0].isupper() else 2, name)


def _rows(section: str) -> list[str]:
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows
    return rows


def _layers(container: str) -> list[list[str]]:
    for contract in PROJECT["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == [container]:
            return [re.split(r" [|:] ", layer) for layer in contract["layers"]]
    raise AssertionError(f"no contract has the rows of {container}")


def _packages_of_widgets() -> set[str]:
    return {"cpsl_dev.tui.screens", "cpsl_dev.tui.widgets"}
