"""One port on which an editor finds the worker that serves, whichever that is: `--debugpy`.

Each worker has a port of its own, and only once an editor asks: debugpy costs a start much. What
comes in here is passed on to the worker that serves then, so that a reload needs no port to change
hands; the editor attaches again, at the same address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.exceptions import NoGeneration, UsageError
from cpsl_dev.protocol import ListenDebugpy
from cpsl_dev.recorder import Recorder
from cpsl_dev.worker_process import WorkerProcess

_HOST = "127.0.0.1"
# debugpy starts a process of its own, on a machine that may be busy.
_LISTEN_SECONDS = 30.0
_PIECE_BYTES = 65_536


class EditorPort:
    """Passes connections of editors on to the worker that serves.

    Args:
        port: Where to listen; None not to.
        record: Where events go.
        serving: Returns the worker that serves.
    """

    def __init__(
        self, port: int | None, record: Recorder, serving: Callable[[], WorkerProcess | None]
    ) -> None:
        self._port = port
        self._record = record
        self._serving = serving
        self._server: asyncio.Server | None = None
        self._ports: dict[int, asyncio.Future[int]] = {}
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen, if that is wanted.

        Raises:
            UsageError: the port cannot be listened on.
        """
        if self._port is None:
            return
        try:
            self._server = await asyncio.start_server(self._pass_on, _HOST, self._port)
        except OSError as error:
            raise UsageError(
                f"Editors cannot attach at port {self._port}: {error.strerror}. "
                f"Choose another one with --debugpy PORT."
            ) from error

    def tell(self) -> None:
        """Say where an editor can attach."""
        if self._server is not None:
            self._record("debugger.listening", {"host": _HOST, "port": self._port})

    async def stop(self) -> None:
        """Listen no longer, and close what is open."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()

    def take(self, worker: WorkerProcess, event: JsonObject) -> None:
        """Take what a worker says of its own port."""
        found = self._ports.get(worker.pid)
        if found is None or found.done():
            return
        if event["error"] is None:
            found.set_result(event["port"])
        else:
            del self._ports[worker.pid]
            found.set_exception(NoGeneration(str(event["error"])))

    def worker_exited(self, worker: WorkerProcess) -> None:
        """A worker is gone."""
        found = self._ports.pop(worker.pid, None)
        if found is not None and not found.done():
            found.set_exception(NoGeneration("the worker ended"))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        worker = self._serving()
        self._open.add(writer)
        try:
            inner_reader, inner_writer = await self._connect(worker)
        except (OSError, NoGeneration, TimeoutError) as error:
            said = f"the editor cannot attach: {str(error) or 'the worker does not answer'}"
            self._record("debugger.failed", {"text": said})
            self._close(writer)
            return
        assert worker is not None
        self._open.add(inner_writer)
        self._record("debugger.attached", {"pid": worker.pid}, generation=worker.generation)
        ways = [
            spawn(_copy(reader, inner_writer), name="from the editor"),
            spawn(_copy(inner_reader, writer), name="to the editor"),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._close(writer)
            self._close(inner_writer)
        said = f"an editor can attach again at port {self._port}"
        fields = {"pid": worker.pid, "text": said}
        self._record("debugger.detached", fields, generation=worker.generation)

    async def _connect(
        self, worker: WorkerProcess | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if worker is None:
            raise NoGeneration("no generation of the app serves")
        found = self._ports.get(worker.pid)
        if found is None:
            found = self._ports[worker.pid] = asyncio.get_running_loop().create_future()
            worker.send(ListenDebugpy())
        async with asyncio.timeout(_LISTEN_SECONDS):
            return await asyncio.open_connection(_HOST, await asyncio.shield(found))

    def _close(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_PIECE_BYTES):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        # One side is gone; the other is closed for that.
        return
