from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cpsl


def run(code: str) -> str:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_importing_loads_no_terminal_or_web_library() -> None:
    loaded = set(run("import cpsl, sys; print(*sys.modules)").split())

    assert loaded.isdisjoint(
        {"textual", "aiohttp", "watchfiles", "click", "urllib.request", "email", "requests"}
    )


def test_importing_loads_what_is_used_only() -> None:
    loaded = set(run("import cpsl, sys; print(*sys.modules)").split())

    assert loaded.isdisjoint({"cpsl.app", "cpsl.session", "cpsl.ui", "cpsl.client"})


@pytest.mark.parametrize("name", ["ui", "Client", "Suggestion", "Theme", "PRESETS", "HomeContext"])
@pytest.mark.parametrize("code", ["import cpsl; cpsl.{0}", "from cpsl import {0}"])
def test_what_is_loaded_late_is_there_when_it_is_used(name: str, code: str) -> None:
    run(code.format(name))


@pytest.mark.parametrize(
    "code",
    [
        "from cpsl import pipedream",
        "import cpsl.pipedream; from cpsl import pipedream",
        "from cpsl.pipedream import PipedreamProxySession; from cpsl import pipedream",
    ],
)
def test_pipedream_is_the_function_in_whatever_order_it_is_imported(code: str) -> None:
    assert run(f"{code}; print(type(pipedream).__name__)") == "function"


@pytest.mark.parametrize(
    "module",
    [
        "channels",
        "client",
        "filesystem",
        "home",
        "image",
        "integration",
        "msg",
        "secret",
        "session",
        "settings",
        "theme",
        "ui",
        "workflow",
    ],
)
def test_a_submodule_can_be_imported_by_itself(module: str) -> None:
    run(f"import cpsl.{module}")


def test_every_name_is_listed() -> None:
    assert dir(cpsl) == sorted(cpsl.__all__)


def test_type_checkers_are_told_the_same_homes_as_are_used() -> None:
    tree = ast.parse(Path(cpsl.__file__ or "").read_text())
    told = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cpsl.")
        for alias in node.names
    }
    early = {name for name, module in told.items() if module == "cpsl.pipedream"}

    assert {name: told[name] for name in told.keys() - early} == cpsl._HOMES
    assert told.keys() | {"ui"} == set(cpsl.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'cpsl' has no attribute 'Ap'"):
        _ = cpsl.Ap  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_distribution() -> None:
    assert cpsl.__version__.count(".") == 2
