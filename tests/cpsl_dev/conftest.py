"""What the tests of the dev server share: servers to talk to, a worker, a journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cpsl_dev import draining, turn_runs
from cpsl_dev.server import DevServer
from tests.endpoints import APP, Serve, Served, running_endpoint
from tests.servers import ask, running
from tests.timelines import Timeline
from tests.workers import Child


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an app that echoes."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "app.py").write_text(APP, "utf-8")
    return folder


@pytest.fixture(scope="module")
def served(app_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that the tests of a module share."""
    with running_endpoint(app_folder, tmp_path_factory.mktemp("state") / ".cpsl", {}) as running:
        yield running


@pytest.fixture
def serve(app_folder: Path, tmp_path: Path) -> Iterator[Serve]:
    """Start servers of a test's own."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Served:
            data_dir = settings.pop("data_dir", tmp_path / ".cpsl")
            return stack.enter_context(running_endpoint(app_folder, data_dir, settings))

        yield start


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[DevServer]:
    """A server on the app of the module's own `folder`."""
    async with running(folder) as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what does not let go a tenth of the time: what happens after it is the same."""
    for module, name in ((turn_runs, "_CANCEL_SECONDS"), (draining, "PATIENCE_SECONDS")):
        monkeypatch.setattr(module, name, getattr(module, name) / 10)


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    """A worker that waits."""
    async with Child() as child:
        yield child


_numbers = count(1)


@pytest.fixture
def session() -> str:
    """The id of a session that no other test uses."""
    return f"s{next(_numbers)}"


@pytest_asyncio.fixture(loop_scope="module")
async def healthy(toolbox: DevServer) -> AsyncIterator[None]:
    """After the test the server answers: whatever it did to a worker is over."""
    yield
    async with asyncio.timeout(15):
        while not (await ask(toolbox, "echo fine", session_id="healthy")).replies:
            continue


@pytest.fixture
async def timeline(tmp_path: Path) -> AsyncIterator[Timeline]:
    """A journal that is open."""
    opened = Timeline(tmp_path)
    await opened.journal.open()
    yield opened
    await opened.journal.close()
