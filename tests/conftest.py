"""Fixtures for everyone. What they do is in `tests.servers`, which tests import for more."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cpsl_dev.server import DevServer
from tests.servers import running, write_app
from tests.toolbox import TOOLBOX

MakeApp = Callable[..., Path]
RunServer = Callable[..., AbstractAsyncContextManager[DevServer]]


def pytest_configure() -> None:
    """Let servers cache bytecode as they do for users: faults of stale caches must show."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """`make_app(text, {name: text})` writes an app into `tmp_path / "project"`; its folder."""

    def make(text: str, files: dict[str, str] | None = None) -> Path:
        return write_app(tmp_path / "project", text, files)

    return make


@pytest.fixture
def dev_server(make_app: MakeApp) -> RunServer:
    """`async with dev_server(text_or_folder, **settings) as server`: a server that has loaded."""

    def run(app: str | Path, **settings: Any) -> AbstractAsyncContextManager[DevServer]:
        folder = app if isinstance(app, Path) else make_app(app)
        return running(folder, **settings)

    return run


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def toolbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    """One server for a whole module, on the app of `tests.toolbox`.

    The module needs `pytestmark = pytest.mark.asyncio(loop_scope="module")`, and each of its tests
    a session of its own.
    """
    async with running(write_app(tmp_path_factory.mktemp("toolbox"), TOOLBOX)) as server:
        yield server
