"""The life of a worker: wait as standby, import the app, boot it, run turns, end.

The main thread runs the user's code; a control thread reads the channel, so that a stuck event
loop is noticed and the end of the supervisor is never missed.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import queue
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cpsl  # noqa: F401 - part of what a standby has ready
from cpsl.clock import utc_now
from cpsl.concurrency import spawn
from cpsl.description import describe
from cpsl.handlers import Declarations
from cpsl.records import JsonObject
from cpsl.runtime import Runtime, SessionState, TurnRequest
from cpsl.tracebacks import describe_exception
from cpsl_dev.protocol import (
    CancelTurn,
    CloseSession,
    Command,
    Load,
    Ping,
    RunTurn,
    Shutdown,
    Warm,
    WorkerEnd,
)
from cpsl_dev.worker.finding import import_app, make_way
from cpsl_dev.worker.output import (
    capture_logging,
    capture_output,
    capture_warnings,
    current_turn,
)
from cpsl_dev.worker.places import Places
from cpsl_dev.worker.reporter import Reporter
from cpsl_dev.worker.sources import Sources
from cpsl_dev.worker.watchdog import Watchdog

_LOOK_SECONDS = 0.2
_ORPHAN_SECONDS = 1.0


def main(descriptor: int) -> None:
    """Run a worker on the channel that the supervisor has handed over."""
    sock = socket.socket(fileno=descriptor)
    sock.set_inheritable(False)
    Worker(WorkerEnd(sock)).run()


class Worker:
    """One process, one generation of the app."""

    def __init__(self, end: WorkerEnd) -> None:
        self._end = end
        self._reporter = Reporter(end)
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._deliver: Callable[[Command], None] = self._commands.put
        self._watchdog: Watchdog | None = None
        self._turns: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._ending: asyncio.Event | None = None

    def run(self) -> None:
        """Do what the supervisor says until it says to end."""
        capture_output(self._reporter)
        capture_logging(self._reporter)
        threading.Thread(target=self._control, name="cpsl-control", daemon=True).start()
        self._reporter.tell("worker.standby", pid=os.getpid())
        while True:
            match self._commands.get():
                case Warm(modules=modules):
                    _warm(modules)
                    self._reporter.tell("worker.warm")
                case Load() as load:
                    self._load(load)
                    return
                case Shutdown():
                    return

    def _control(self) -> None:
        """Read the channel, in a thread of its own, for as long as the supervisor lives."""
        poll = select.poll()
        poll.register(self._end.fileno(), select.POLLIN)
        while True:
            ready = poll.poll(_LOOK_SECONDS * 1_000 if self._watchdog else None)
            if self._watchdog is not None:
                self._watchdog.check()
            if not ready:
                continue
            try:
                commands = self._end.receive()
            except OSError:
                commands = None
            if commands is None:
                self._leave_orphaned()
                return
            for command in commands:
                if isinstance(command, Ping):
                    self._reporter.tell("pong", number=command.number)
                else:
                    self._deliver(command)

    def _leave_orphaned(self) -> None:
        """The supervisor is gone: end, with every process that the app has started."""
        self._deliver(Shutdown())
        time.sleep(_ORPHAN_SECONDS)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def _load(self, load: Load) -> None:
        loading = Loading(load, self._reporter)
        declarations = loading.import_app()
        if declarations is None:
            return
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        serving = loop.create_task(self._serve(loading, declarations))
        while not serving.done():
            try:
                loop.run_until_complete(serving)
            except (SystemExit, KeyboardInterrupt) as stop:
                # A task that the app left in the background asked to end the process. Only the
                # task ends: the conversation of everybody else goes on.
                self._reporter.write(
                    ("stderr", None, None),
                    f"A background task raised {type(stop).__name__}; it has ended.\n",
                )

    async def _serve(self, loading: Loading, declarations: Declarations) -> None:
        loop = asyncio.get_running_loop()
        runtime = Runtime(
            declarations, self._reporter, is_user_file=loading.places.is_source, clock=utc_now
        )
        self._ending = asyncio.Event()
        if not await loading.boot(runtime):
            return
        self._deliver = lambda command: _call_soon(loop, self._handle, runtime, command)
        while not self._commands.empty():
            self._handle(runtime, self._commands.get())
        self._watchdog = Watchdog(loop, self._reporter, loading.places.is_source)
        # The control thread waits without a limit until there is a loop to watch.
        loading.report()
        await self._ending.wait()
        await runtime.shutdown()
        await _cancel_the_rest()
        self._watchdog = None
        self._reporter.tell("worker.stopped")
        self._leave()

    def _handle(self, runtime: Runtime, command: Command) -> None:
        match command:
            case RunTurn(request=request):
                key = (request.session.id, request.turn)
                task = spawn(self._run_turn(runtime, request), name=f"turn {key[0]}/{key[1]}")
                self._turns[key] = task
                task.add_done_callback(lambda _: self._turns.pop(key, None))
            case CancelTurn(session_id=session_id, turn=turn):
                if (running := self._turns.get((session_id, turn))) is not None:
                    running.cancel()
            case CloseSession(session=state):
                spawn(self._close_session(runtime, state), name=f"exit {state.id}")
            case Shutdown():
                assert self._ending is not None
                self._ending.set()

    async def _run_turn(self, runtime: Runtime, request: TurnRequest) -> None:
        current_turn.set((request.session.id, request.turn))
        await runtime.run_turn(request)

    async def _close_session(self, runtime: Runtime, state: SessionState) -> None:
        current_turn.set((state.id, None))
        await runtime.close_session(state)
        self._reporter.tell("session.left", session_id=state.id)

    def _leave(self) -> None:
        # Not sys.exit: a thread of the app that is no daemon would hold the process for ever.
        self._reporter.flush()
        os._exit(0)


class Loading:
    """One import of the app, and its boot, with what it was made from."""

    def __init__(self, load: Load, reporter: Reporter) -> None:
        self._load = load
        self._reporter = reporter
        self._started = time.perf_counter()
        self._imported = self._started
        self._warnings: list[str] = []
        data_dir = () if load.cache_dir is None else (Path(load.cache_dir).parent,)
        self.places = Places(Path(load.folder), data_dir)
        cache = None if load.cache_dir is None else Path(load.cache_dir)
        self._sources = Sources(self.places, cache, self._tell_source)
        self._app: JsonObject = {}

    def import_app(self) -> Declarations | None:
        """Import the app and collect what it declares; tell of the failure and return None."""
        load = self._load
        os.chdir(load.folder)
        sys.path.insert(0, load.folder)
        sys.argv = [load.file or load.module]
        importlib.invalidate_caches()
        capture_warnings(self.places.is_source, self._warnings)
        self._sources.start()
        try:
            self._warnings += make_way(load.folder)
            declarations = import_app(load).declarations()
            self._app = describe(declarations, load.entry, load.folder, clock=utc_now)
        except BaseException as error:  # noqa: BLE001 - whatever the app's code does at import
            self._tell_failure("import", error)
            return None
        self._warnings += declarations.warnings
        self._imported = time.perf_counter()
        self._reporter.tell("load.imported", generation=load.generation)
        return declarations

    async def boot(self, runtime: Runtime) -> bool:
        """Run the boot hook; tell of the failure and return False."""
        try:
            await runtime.boot()
        except BaseException as error:  # noqa: BLE001 - whatever the app's hook does
            self._tell_failure("boot", error)
            return False
        return True

    def report(self) -> None:
        """Tell that the app can serve, and what it was made from."""
        now = time.perf_counter()
        modules = self._library_modules()
        self._sources.note_modules()
        self._reporter.tell(
            "load.finished",
            app=self._app,
            sources=self._sources.stop(),
            modules=modules,
            warnings=self._warnings,
            load_ms=_milliseconds(self._imported - self._started),
            boot_ms=_milliseconds(now - self._imported),
        )
        self._sources.keep_code()

    def _tell_failure(self, phase: str, error: BaseException) -> None:
        now = time.perf_counter()
        imported = self._imported if phase == "boot" else now
        record = describe_exception(error, self.places.is_source)
        self._sources.note_modules()
        self._reporter.tell(
            "load.failed",
            phase="compile" if isinstance(error, SyntaxError) else phase,
            error=record,
            errno=error.errno if isinstance(error, OSError) else None,
            sources=self._sources.stop(),
            warnings=self._warnings,
            load_ms=_milliseconds(imported - self._started),
            boot_ms=_milliseconds(now - imported),
        )

    def _tell_source(self, path: str, digest: str) -> None:
        self._reporter.tell("source.read", path=path, hash=digest)

    def _library_modules(self) -> list[str]:
        """Return what a standby should have imported for the next generation, in load order."""
        found = []
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if name != "__main__" and not (path and self.places.is_source(path)):
                spec = getattr(module, "__spec__", None)
                if spec is not None and spec.name == name:
                    found.append(name)
        return found


def _warm(modules: list[str]) -> None:
    """Import what the app will want, then keep it out of the garbage collector's way."""
    for name in modules:
        if name in sys.modules:
            continue
        try:
            importlib.import_module(name)
        except BaseException:  # noqa: BLE001 - the app will meet the same error, and show it
            continue
    gc.collect()
    gc.freeze()


async def _cancel_the_rest() -> None:
    """Cancel every task that is left, and give their `finally` blocks a moment."""
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=1.0)


def _call_soon(loop: asyncio.AbstractEventLoop, handle: Callable[..., None], *args: object) -> None:
    try:
        loop.call_soon_threadsafe(handle, *args)
    except RuntimeError:
        # The loop is closed: the worker is about to end.
        return


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1_000, 2)
