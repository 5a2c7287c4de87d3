"""Code that has stopped at `breakpoint()`, and the terminals that are lent to it.

A front end that has a terminal says so, and is told of every stop:

    remove = server.debugger.offer(on_pause)     # on_pause(pause: Pause), on the core loop

It then has `ATTACH_SECONDS` to step aside and take over:

    descriptor = await server.debugger.attach(pause.pid)

The descriptor is the near side of a pseudo-terminal on which pdb talks: bytes that are read from
it belong on the screen, keys are written to it (`cpsl_dev.tui.debugger_proxy.proxy_terminal` does
both). It belongs to the caller, who closes it. Its end comes when the developer lets the code go
on, and when the turn is cancelled, reloaded away or dead. To close it earlier quits the debugger,
which ends the turn.

`worker.paused` {pid, file, line, text} and `worker.resumed` {pid} tell of it in the event log.
Where no front end has a terminal, or none takes over in time, `breakpoint()` raises.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

from cpsl.records import JsonObject
from cpsl_dev.config import Config
from cpsl_dev.contents import shown_path
from cpsl_dev.editor_port import EditorPort
from cpsl_dev.exceptions import NotPaused
from cpsl_dev.protocol import AttachDebugger, CancelTurn
from cpsl_dev.recorder import Recorder
from cpsl_dev.worker_process import WorkerProcess

ATTACH_SECONDS = 10.0
_WORKER_SECONDS = 5.0
_NO_SCREEN = "needs the screen of `cpsl dev`; run without --headless, or use --debugpy."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Code that has stopped. `file` is relative to the app's folder when inside it."""

    pid: int
    generation: int | None
    file: str
    line: int
    text: str
    session_id: str | None
    turn: int | None


OnPause = Callable[[Pause], None]


@dataclass(slots=True, eq=False)
class _Stop:
    worker: WorkerProcess
    pause: Pause
    timer: asyncio.TimerHandle | None = None
    attached: asyncio.Future[None] | None = None


class Debugger:
    """Every stop of every worker.

    Args:
        config: Which app, and where editors may attach.
        record: Where events go.
        serving: Returns the worker that serves.
    """

    def __init__(
        self, config: Config, record: Recorder, serving: Callable[[], WorkerProcess | None]
    ) -> None:
        self.editors = EditorPort(config.debugpy_port, record, serving)
        self._record = record
        self._folder = config.entry.folder
        self._front_ends: list[OnPause] = []
        self._stops: dict[int, _Stop] = {}

    @property
    def pauses(self) -> list[Pause]:
        """Where code stands still now."""
        return [stop.pause for stop in self._stops.values()]

    async def start(self) -> None:
        """Let editors attach, if that is wanted.

        Raises:
            UsageError: their port cannot be listened on.
        """
        await self.editors.start()

    async def stop(self) -> None:
        """Let no editor attach any more."""
        await self.editors.stop()

    def offer(self, on_pause: OnPause) -> Callable[[], None]:
        """Offer a terminal: `on_pause` is called at each stop. Return what takes it back."""
        self._front_ends.append(on_pause)

        def remove() -> None:
            if on_pause in self._front_ends:
                self._front_ends.remove(on_pause)

        return remove

    async def attach(self, pid: int) -> int:
        """Lend a terminal to code that has stopped; return the near side of it.

        Raises:
            NotPaused: nothing of this process has stopped, or it went on.
        """
        stop = self._stops.get(pid)
        if stop is None or stop.attached is not None:
            raise NotPaused(pid)
        if stop.timer is not None:
            stop.timer.cancel()
        stop.attached = asyncio.get_running_loop().create_future()
        near, far = os.openpty()
        try:
            stop.worker.send(AttachDebugger(tty=os.ttyname(far)))
            async with asyncio.timeout(_WORKER_SECONDS):
                await stop.attached
        except BaseException as error:
            os.close(near)
            if isinstance(error, TimeoutError):
                raise NotPaused(pid) from error
            raise
        finally:
            # Now the worker holds it; the near side ends when the worker lets go.
            os.close(far)
        return near

    def take(self, worker: WorkerProcess, event: JsonObject) -> None:
        """Take what a worker tells of its stops."""
        match event["kind"]:
            case "worker.paused":
                self._take_pause(worker, event)
            case "worker.attached":
                stop = self._stops.get(worker.pid)
                if stop is not None and stop.attached is not None and not stop.attached.done():
                    stop.attached.set_result(None)
            case "worker.resumed":
                self._forget(worker)
            case _:
                self.editors.take(worker, event)

    def worker_exited(self, worker: WorkerProcess) -> None:
        """A worker is gone."""
        self._forget(worker)
        self.editors.worker_exited(worker)

    def _take_pause(self, worker: WorkerProcess, event: JsonObject) -> None:
        pause = Pause(
            pid=worker.pid,
            generation=worker.generation,
            file=shown_path(event["file"], self._folder),
            line=event["line"],
            text=event["text"],
            session_id=event["session_id"],
            turn=event["turn"],
        )
        stop = self._stops[worker.pid] = _Stop(worker, pause)
        worker.paused_in = (pause.session_id, pause.turn)
        fields = {name: getattr(pause, name) for name in ("pid", "file", "line", "text")}
        self._tell("worker.paused", pause, fields)
        if worker.state == "draining" and pause.session_id is not None:
            # It is to end: a stop would hold it up.
            worker.send(CancelTurn(session_id=pause.session_id, turn=pause.turn or 0))
        if not self._front_ends:
            worker.send(AttachDebugger(tty=None, reason=_NO_SCREEN))
            return
        late = f"stopped, and the screen did not take over within {ATTACH_SECONDS:g} s."
        refusal = AttachDebugger(tty=None, reason=late)
        loop = asyncio.get_running_loop()
        stop.timer = loop.call_later(ATTACH_SECONDS, worker.send, refusal)
        for on_pause in list(self._front_ends):
            on_pause(pause)

    def _forget(self, worker: WorkerProcess) -> None:
        stop = self._stops.pop(worker.pid, None)
        worker.paused_in = None
        if stop is None:
            return
        if stop.timer is not None:
            stop.timer.cancel()
        if stop.attached is not None and not stop.attached.done():
            stop.attached.set_exception(NotPaused(worker.pid))
        self._tell("worker.resumed", stop.pause, {"pid": worker.pid})

    def _tell(self, kind: str, pause: Pause, fields: JsonObject) -> None:
        self._record(
            kind,
            fields,
            generation=pause.generation,
            session_id=pause.session_id,
            turn=pause.turn,
        )
