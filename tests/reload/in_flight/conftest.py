"""Programs on the app of section E: one for most rows, one with little patience."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reload.harness import Program
from tests.reload.in_flight import apps
from tests.reload.in_flight.steps import SHORT_DRAIN_SECONDS
from tests.reload.invariants import Invariants
from tests.reload.project import Project


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One program for most rows; each leaves it with the fixture as it was."""
    project = Project(tmp_path_factory.mktemp("in-flight") / "project", apps.FILES)
    with Program(project) as program:
        yield program


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program that gives turns on old code little time."""
    project = Project(tmp_path_factory.mktemp("hasty") / "project", apps.FILES)
    with Program(project, "--drain-timeout", f"{SHORT_DRAIN_SECONDS:g}") as program:
        yield program


@pytest.fixture
def hasty_dev(hasty: Program) -> Iterator[Program]:
    """That program on the fixture as it is at first, with the invariants watched."""
    hasty.project.restore()
    hasty.wait_live()
    hasty.wait_standby()
    with Invariants(hasty):
        yield hasty


@pytest.fixture
def own_project(tmp_path: Path) -> Project:
    """The same fixture, for a program of one row alone."""
    return Project(tmp_path / "project", apps.FILES)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
