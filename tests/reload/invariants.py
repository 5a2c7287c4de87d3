"""What holds in every row, whatever happens: the six invariants of `reload.md`."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.reload.endpoint import wait_until
from tests.reload.harness import FINAL, OUTCOMES, Program
from tests.servers import is_alive

_EVERY_SECONDS = 0.05
_LIMIT_SECONDS = 0.25
# A sleep that is late by more than this shows a machine that is busy with something else.
_STALL_SECONDS = 0.1
_CONVERGED_SECONDS = 2.0


class Invariants:
    """Watches a program while a row runs, and judges at its end, if it runs then."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._samples: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._first_seq = 0
        self._files = 0

    def __enter__(self) -> Self:
        self._first_seq = self._program.mark()
        self._files = self._program.open_files()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        if error is None and self._program.is_running:
            self._check()

    def _check(self) -> None:
        self._check_convergence()
        self._program.wait_all_read()
        self._check_latency()
        self._check_events()
        self._check_messages()
        self._check_processes()

    def _sample(self) -> None:
        """Ask for the status all along, leaving out the moments when the machine was busy."""
        program = self._program
        while not self._ended.is_set():
            began = time.perf_counter()
            self._ended.wait(_EVERY_SECONDS)
            is_late = time.perf_counter() - began > _EVERY_SECONDS + _STALL_SECONDS
            began = time.perf_counter()
            try:
                program.status()
            except (AssertionError, OSError):
                # It was ended on purpose, or the row will say what is wrong.
                if not program.is_running:
                    return
            if not is_late:
                self._samples.append(time.perf_counter() - began)
        program.disconnect()

    def _check_latency(self) -> None:
        slow = [round(sample, 3) for sample in self._samples if sample > _LIMIT_SECONDS]
        # One that the machine itself held up is no fault; a pattern is.
        assert len(slow) <= 1, f"GET /status took {slow} of {len(self._samples)} samples"

    def _check_events(self) -> None:
        seqs = [event["seq"] for event in self._program.events]
        first = seqs[0]
        assert seqs == list(range(first, first + len(seqs))), "the numbers of events have gaps"
        # The first may have begun before this did.
        is_open = None
        for event in self._program.since(self._first_seq, "reload.started", *OUTCOMES):
            if event["kind"] == "reload.started":
                assert not is_open, f"a reload began before the last one ended: {event}"
                is_open = True
            else:
                assert is_open in (None, True), f"a reload ended that had not begun: {event}"
                is_open = False
                parts = {"files", "reason"} | (
                    {"duration_ms", "parts"} if event["kind"] in FINAL[:2] else set()
                )
                assert parts <= event.keys(), event

    def _check_messages(self) -> None:
        for session, sent in self._program.sent.items():
            found = self._program.get(f"/sessions/{session}/turns")["turns"]
            texts = [turn["message"]["text"] for turn in found]
            assert texts == sent, f"messages of {session} are lost or out of order"

    def _check_processes(self) -> None:
        program = self._program
        wait_until(
            lambda: (
                sum(item["state"] != "draining" for item in program.workers()) <= 2
                and len(program.workers()) <= 4
            ),
            what=f"at most one worker serves and one waits: {program.workers()}",
        )
        known = {item["pid"] for item in program.workers()}
        strays = [pid for pid in program.seen_workers() - known if _is_worker(pid)]
        wait_until(
            lambda: not any(_is_worker(pid) for pid in strays), what=f"workers {strays} are gone"
        )
        # A worker costs the program four files; a reader of events and a client one each.
        wait_until(
            lambda: program.open_files() <= self._files + 16,
            what=f"no more files are open than the {self._files} at first",
        )

    def _check_convergence(self) -> None:
        """The running code is that of the disk, or it is said why not."""
        program = self._program
        status = program.status()

        def has_converged() -> bool:
            nonlocal status
            status = program.status()
            if status["state"] == "failed":
                return status["error"]["file"] is not None or status["error"]["phase"] == "worker"
            if status["state"] in ("reloading", "starting"):
                return bool(status["reload"])
            expected = program.project.code_hash()
            return expected is None or status["code_hash"] == expected or bool(status["pending"])

        wait_until(
            has_converged,
            what="the running code is the disk's, or it is said why not",
            timeout_seconds=_CONVERGED_SECONDS,
        )


def _is_worker(pid: int) -> bool:
    """Tell whether a worker runs under this number, which may be somebody else's by now."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return is_alive(pid) and b"cpsl_dev.worker" in command
