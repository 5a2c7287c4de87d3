"""Running a small app once in the standby, so that the real one meets a warm interpreter.

The first import, the first turn and the first look at the search path each cost milliseconds that
the second does not: code that is specialised as it runs, modules that are imported on first use.
Nothing of the rehearsal stays: no module, no file, no event.
"""

from __future__ import annotations

import asyncio
import contextlib
import linecache
import os
import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from cpsl.clock import utc_now
from cpsl.handlers import Declarations
from cpsl.records import MessageRecord, UserRecord
from cpsl.runtime import Runtime
from cpsl.turn_requests import SessionState, TurnRequest
from cpsl_dev.protocol import Load, RunTurn, WorkerEnd, decode_command, encode_command
from cpsl_dev.worker.loading import Loading
from cpsl_dev.worker.lookups import Lookups
from cpsl_dev.worker.places import installed_names, library_folders
from cpsl_dev.worker.reporter import Reporter
from cpsl_dev.worker.variables import Variables

_TURNS = 3
_FOLDER = Path(__file__).parent / "rehearsed"
_MODULE = "cpsl_rehearsed"


def rehearse() -> None:
    """Go once through all that a reload and its first turns will need."""
    library_folders()
    installed_names()
    ours, theirs = socket.socketpair()
    with ours, theirs, _as_it_was():
        # What is told stays in the buffer of a socket that nobody reads.
        reporter = Reporter(WorkerEnd(ours))
        command = decode_command(encode_command(_load()).strip())
        assert isinstance(command, Load)
        loading = Loading(command, reporter, Lookups(), Variables())
        try:
            declarations = loading.import_app()
            assert declarations is not None
            _run_turns(loading, declarations, reporter)
        finally:
            loading.leave()


def _run_turns(loading: Loading, declarations: Declarations, reporter: Reporter) -> None:
    runtime = Runtime(declarations, reporter, is_user_file=loading.places.is_source, clock=utc_now)
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(loading.boot(runtime))
        loading.report()
        for turn in range(1, _TURNS + 1):
            command = decode_command(encode_command(RunTurn(request=_request(turn))).strip())
            assert isinstance(command, RunTurn)
            loop.run_until_complete(runtime.run_turn(command.request))
    finally:
        loop.close()


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """Put back what an import changes for the whole process."""
    modules, path, argv = set(sys.modules), list(sys.path), sys.argv
    folder = os.open(".", os.O_RDONLY)
    try:
        # Its filters are put back, and how they are shown.
        with warnings.catch_warnings():
            yield
    finally:
        os.fchdir(folder)
        os.close(folder)
        sys.path[:], sys.argv = path, argv
        for name in set(sys.modules) - modules:
            if name.startswith(_MODULE):
                del sys.modules[name]
        for file in _FOLDER.glob("*.py"):
            linecache.cache.pop(str(file), None)
        sys.path_importer_cache.pop(str(_FOLDER), None)


def _load() -> Load:
    return Load(
        generation=0,
        folder=str(_FOLDER),
        module=_MODULE,
        file=str(_FOLDER / f"{_MODULE}.py"),
        symbol=None,
        entry=_MODULE,
        cache_dir=None,
    )


def _request(turn: int) -> TurnRequest:
    session = SessionState(
        id="rehearsal",
        user=UserRecord(id="rehearsal", owner_id="rehearsal"),
        channel="chat",
        data={"turns": turn},
        history=[],
        integrations={},
    )
    return TurnRequest(
        session=session,
        turn=turn,
        message=MessageRecord(text="hello", timestamp="2026-01-01T00:00:00.000Z"),
        is_new=False,
    )
