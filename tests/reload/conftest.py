"""Fixtures of the rows: a project, the real program on it, and what must hold in every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.reload.harness import Program
from tests.reload.invariants import Invariants
from tests.reload.project import Project

Start = Callable[..., Program]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One program for the rows of a module that leave nothing behind."""
    project = Project(tmp_path_factory.mktemp("shared") / "project")
    with Program(project, "--drain-timeout", "1", "--load-timeout", "5") as program:
        yield program


@pytest.fixture
def dev(shared: Program) -> Iterator[Program]:
    """The shared program on the project as it is at first, with the invariants watched."""
    if not shared.is_running:
        shared.start()
    if shared.project.restore():
        # A file that went is given a moment to come back; a reload on request waits for nothing.
        shared.reload()
    shared.wait_live()
    shared.wait_standby()
    with Invariants(shared):
        yield shared


@pytest.fixture
def project(dev: Program) -> Project:
    """The project that the shared program runs."""
    return dev.project


@pytest.fixture
def own_project(tmp_path: Path) -> Project:
    """A project of this row alone, not running yet."""
    return Project(tmp_path / "project")


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(project, *arguments, **settings)`: a program of this row alone."""
    with ExitStack() as stack:

        def run(project: Project, *arguments: str, **settings: object) -> Program:
            program = Program(project, *arguments, **settings)  # type: ignore[arg-type]
            stack.enter_context(program)
            stack.enter_context(Invariants(program))
            return program

        yield run
