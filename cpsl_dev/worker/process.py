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
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import cpsl  # noqa: F401 - part of what a standby has ready
from cpsl.clock import utc_now
from cpsl.concurrency import spawn
from cpsl.handlers import Declarations
from cpsl.records import JsonObject
from cpsl.runtime import Runtime
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl_dev.descendants import MARK_VARIABLE, end_descendants
from cpsl_dev.protocol import (
    AnswerBlock,
    AttachDebugger,
    BootAgain,
    CancelTurn,
    CloseSession,
    Command,
    ListenDebugpy,
    Load,
    Ping,
    Release,
    RunTurn,
    Shutdown,
    Warm,
    WorkerEnd,
)
from cpsl_dev.worker.breakpoints import Breakpoints, Prompt
from cpsl_dev.worker.editor import has_editor, hide_from_editors, listen
from cpsl_dev.worker.loading import Loading
from cpsl_dev.worker.lookups import Lookups
from cpsl_dev.worker.output import (
    capture_logging,
    capture_output,
    current_turn,
)
from cpsl_dev.worker.rehearsal import rehearse
from cpsl_dev.worker.reporter import Reporter
from cpsl_dev.worker.variables import Variables
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
        self._answer: Callable[[str, str, JsonObject | None], bool] = lambda *_: False
        self._breakpoints = Breakpoints(self._reporter, _make_prompt)
        self._lookups = Lookups()
        self._variables = Variables()
        self._has_shutdown_hook = False
        # What the shutdown hook gives up was given up already, for the next generation.
        self._is_released = False
        self._mark = os.environ.get(MARK_VARIABLE, "")
        # Made while there is time.
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        """Do what the supervisor says until it says to end."""
        capture_output(self._reporter)
        capture_logging(self._reporter)
        self._breakpoints.install()
        self._lookups.start()
        control = threading.Thread(target=self._control, name="cpsl-control", daemon=True)
        hide_from_editors(control)
        control.start()
        self._reporter.tell("worker.standby", pid=os.getpid())
        while True:
            match self._commands.get():
                case Warm() as warm:
                    with self._variables.warming(warm.variables, warm.volatile):
                        _warm(warm.modules)
                    self._reporter.tell("worker.warm", pid=os.getpid())
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
                if self._breakpoints.is_loop_stopped or has_editor():
                    self._watchdog.forget()
                else:
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
                self._take(command)

    def _take(self, command: Command) -> None:
        """Do at once what must not wait for the event loop, and hand on the rest."""
        match command:
            case Ping(number=number):
                self._reporter.tell("pong", number=number)
            case AnswerBlock(session_id=session_id, block_id=block_id, answer=answer):
                taken = self._answer(session_id, block_id, answer)
                self._reporter.tell(
                    "block.answered", session_id=session_id, block_id=block_id, accepted=taken
                )
            case AttachDebugger():
                self._breakpoints.offer(command)
            case ListenDebugpy():
                threading.Thread(target=listen, args=(self._reporter,), daemon=True).start()
            case _:
                self._let_go(command)
                self._deliver(command)

    def _let_go(self, command: Command) -> None:
        """End what has stopped at a breakpoint and would keep a command from being done."""
        match command:
            case CancelTurn(session_id=session_id, turn=turn):
                self._breakpoints.release(session_id, turn)
            case Shutdown() | Release():
                self._breakpoints.release()

    def _leave_orphaned(self) -> None:
        """The supervisor is gone: end, with every process that the app has started."""
        self._deliver(Shutdown())
        time.sleep(_ORPHAN_SECONDS)
        end_descendants(os.getpid(), self._mark)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def _load(self, load: Load) -> None:
        loading = Loading(load, self._reporter, self._lookups, self._variables)
        declarations = loading.import_app()
        if declarations is None:
            return
        loop = self._loop
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
            declarations,
            self._reporter,
            is_user_file=loading.places.is_source,
            clock=utc_now,
            files=loading.files,
        )
        self._answer = runtime.answer_block
        self._ending = asyncio.Event()
        self._has_shutdown_hook = declarations.shutdown is not None
        if not await loading.boot(runtime):
            return
        self._deliver = lambda command: _call_soon(loop, self._handle, runtime, command)
        while not self._commands.empty():
            self._handle(runtime, self._commands.get())
        self._watchdog = Watchdog(loop, self._reporter, loading.places.is_source)
        # The control thread waits without a limit until there is a loop to watch.
        loading.report()
        await self._ending.wait()
        await self._shut_down(runtime)
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
                    # Soon, not now: a task that has not begun would end without a word.
                    asyncio.get_running_loop().call_soon(running.cancel)
            case CloseSession(session=state):
                spawn(self._close_session(runtime, state), name=f"exit {state.id}")
            case Release():
                spawn(self._release(runtime), name="release")
            case BootAgain():
                spawn(self._boot_again(runtime), name="boot again")
            case Shutdown():
                assert self._ending is not None
                self._ending.set()

    async def _shut_down(self, runtime: Runtime) -> None:
        if not self._is_released:
            self._is_released = True
            with _showing_errors("shutdown"):
                await runtime.shutdown()

    async def _release(self, runtime: Runtime) -> None:
        if self._has_shutdown_hook:
            await self._shut_down(runtime)
        self._reporter.tell("worker.released", has_hook=self._has_shutdown_hook)

    async def _boot_again(self, runtime: Runtime) -> None:
        said = None
        if self._is_released:
            self._is_released = False
            try:
                await runtime.boot()
            except BaseException as error:  # noqa: BLE001 - whatever the app's hook does
                said = f"{type(error).__name__}: {error}"
        self._reporter.tell("worker.booted", error=said)

    async def _run_turn(self, runtime: Runtime, request: TurnRequest) -> None:
        current_turn.set((request.session.id, request.turn))
        await runtime.run_turn(request)

    async def _close_session(self, runtime: Runtime, state: SessionState) -> None:
        current_turn.set((state.id, None))
        with _showing_errors("exit"):
            await runtime.close_session(state)
        self._reporter.tell("session.left", session_id=state.id)

    def _leave(self) -> None:
        # Not sys.exit: a thread of the app that is no daemon would hold the process for ever.
        self._reporter.flush()
        # Here, too: the supervisor may be gone before it has seen the end of this process.
        end_descendants(os.getpid(), self._mark)
        os._exit(0)


def _make_prompt(breakpoints: Breakpoints) -> Prompt:
    # Only those who debug wait for pdb.
    from cpsl_dev.worker.prompt import PdbPrompt  # noqa: PLC0415

    return PdbPrompt(breakpoints)


def _warm(modules: list[str]) -> None:
    """Import what the app will want, then keep it out of the garbage collector's way."""
    for name in modules:
        if name in sys.modules:
            continue
        try:
            importlib.import_module(name)
        except BaseException:  # noqa: BLE001 - the app will meet the same error, and show it
            continue
    # It only saves milliseconds: where it cannot be done, as without a folder, all works as well.
    with suppress(Exception):
        rehearse()
    gc.collect()
    gc.freeze()


@contextmanager
def _showing_errors(hook: str) -> Iterator[None]:
    """Print what a hook raises where nobody can take it, and go on."""
    try:
        yield
    except BaseException:  # noqa: BLE001 - whatever the app's hook does
        sys.stderr.write(f"The {hook} hook failed:\n{traceback.format_exc()}")


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
