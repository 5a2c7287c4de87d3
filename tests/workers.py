"""Real worker processes for tests, driven over their channel as the supervisor does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from cpsl.records import JsonObject
from cpsl_dev.protocol import Load
from cpsl_dev.worker_process import WorkerProcess


class Child:
    """A worker process, and what it told. `async with Child() as child:` starts and ends it.

    Args:
        variables: Variables of its environment besides those of the tests.
    """

    def __init__(self, **variables: str) -> None:
        self._environment = {**os.environ, **variables}
        self.events: list[JsonObject] = []
        self.exits = 0
        self.process = WorkerProcess(self._take, self._exited)
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.process.kill()
        await self.exited()

    async def start(self) -> None:
        await self.process.start(self._environment)
        await self.wait_for("worker.standby")

    async def load(self, folder: Path, **values: object) -> JsonObject:
        """Load `app.py` of a folder; return the worker's word of how that went."""
        fields: JsonObject = {
            "generation": 1,
            "folder": str(folder),
            "module": "app",
            "file": str(folder / "app.py"),
            "symbol": None,
            "entry": "app.py",
            "cache_dir": None,
            **values,
        }
        self.process.send(Load(**fields))
        return await self.wait_for("load.finished", "load.failed", "load.stale")

    async def wait_for(
        self, *kinds: str, where: Callable[[JsonObject], bool] = lambda event: True
    ) -> JsonObject:
        """Return the first event of these kinds, waiting until it is there."""
        async with asyncio.timeout(15):
            while True:
                for event in self.events:
                    if event["kind"] in kinds and where(event):
                        return event
                self._moved.clear()
                await self._moved.wait()

    async def exited(self) -> int | None:
        async with asyncio.timeout(15):
            await self.process.exited.wait()
        return self.process.exit_code

    def output(self, stream: str) -> str:
        """Return all that was written around Python's own streams."""
        return "".join(
            event["text"]
            for event in self.events
            if event["kind"] == "output.written" and event["stream"] == stream
        )

    def _take(self, process: WorkerProcess, events: list[JsonObject]) -> None:
        self.events += events
        self._moved.set()

    def _exited(self, process: WorkerProcess) -> None:
        self.exits += 1
