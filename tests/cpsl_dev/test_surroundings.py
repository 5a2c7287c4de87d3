"""Tests of noticing that the ground shifts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cpsl_dev import surroundings as module
from cpsl_dev.surroundings import Surroundings, package_folders
from tests.servers import wait_until


@asynccontextmanager
async def looking(folder: Path) -> AsyncIterator[tuple[Surroundings, list[str]]]:
    told: list[str] = []
    found = Surroundings(folder, lambda: told.append("packages"))
    task = asyncio.ensure_future(found.run())
    try:
        yield (found, told)
    finally:
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.02)


async def test_an_installation_is_told_once_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.setattr(module, "package_folders", lambda: [str(packages)])
    async with looking(tmp_path) as (_, told):
        await asyncio.sleep(0.05)
        assert told == []

        for name in ("a", "b", "c"):
            (packages / name).mkdir()

        await wait_until(lambda: told, what="it is told")
        await asyncio.sleep(0.1)
        assert told == ["packages"]


async def test_another_interpreter_asks_for_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = /one\n", "utf-8")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    async with looking(tmp_path) as (found, _):
        await asyncio.sleep(0.05)
        assert found.warnings == []

        (tmp_path / "pyvenv.cfg").write_text("home = /another\n", "utf-8")

        await wait_until(lambda: found.warnings, what="it is said")
        said = f"The Python interpreter {sys.executable} has changed since the start: "
        assert found.warnings == [f"{said}restart cpsl dev."]


async def test_large_folders_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "large_folders", lambda folder: [f"{folder} is large"])
    async with looking(tmp_path) as (found, _):
        await wait_until(lambda: found.warnings == [f"{tmp_path} is large"])


def test_packages_are_those_of_this_interpreter() -> None:
    assert any(folder.endswith("site-packages") for folder in package_folders())
