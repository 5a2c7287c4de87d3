"""Deciding that a new generation is due, making it, and saying what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.config import Config
from cpsl_dev.contents import Hashes, code_hash, hash_file, shown_path
from cpsl_dev.listings import Folder
from cpsl_dev.supervisor import LoadOutcome, Recorder, Supervisor
from cpsl_dev.watcher import Watcher

# A save that was caught half-way is followed by its other half within this time.
_HOLD_BACK_SECONDS = 0.2
_QUIET_SECONDS = 0.015
_MAX_CRASHES = 3

Reason = Literal["start", "save", "request", "crash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadError:
    """Why the newest code cannot run. `file` is relative to the app's folder when inside it."""

    phase: str
    type: str
    message: str
    file: str | None = None
    line: int | None = None
    text: str | None = None
    traceback: str = ""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """A reload in progress."""

    reason: Reason
    files: list[str]
    started: float = field(default_factory=time.perf_counter)
    notice_ms: float = 0.0


class Reloader:
    """Keeps the running code equal to the code on disk.

    Args:
        config: Which app.
        supervisor: Makes the generations.
        watcher: Says what has changed.
        record: Where events about reloads go.
        before_load: Renews what a worker is started with; returns the files that this was read
            from.
        claim_generation: Returns the number for the next generation, without using it up.
        on_swap: Called when a new generation serves, with its number.
    """

    def __init__(
        self,
        config: Config,
        supervisor: Supervisor,
        watcher: Watcher,
        *,
        record: Recorder,
        before_load: Callable[[], Hashes],
        claim_generation: Callable[[], int],
        on_swap: Callable[[int], None],
    ) -> None:
        self.error: LoadError | None = None
        self.attempt: Attempt | None = None
        self.app: JsonObject | None = None
        self.sources: Hashes = {}
        self.warnings: list[str] = []
        self.pending: list[str] = []
        self._config = config
        self._folder = config.entry.folder
        self._supervisor = supervisor
        self._watcher = watcher
        self._record = record
        self._before_load = before_load
        self._claim_generation = claim_generation
        self._extra: Hashes = {}
        self._on_swap = on_swap
        self._requests: list[asyncio.Future[JsonObject]] = []
        self._wanted: Reason | None = None
        self._wake = asyncio.Event()
        self._crashes = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> Literal["starting", "ready", "reloading", "failed"]:
        """What `GET /status` calls the state."""
        if self.attempt is not None:
            return "starting" if self.attempt.reason == "start" else "reloading"
        if self.error is not None:
            return "failed"
        return "ready" if self._supervisor.serving is not None else "starting"

    @property
    def phase(self) -> Literal["notice", "load", "boot", "swap"]:
        """How far the reload in progress is."""
        loading = self._supervisor.loading
        if loading is None:
            return "notice"
        return "boot" if loading.state == "booting" else "load"

    @property
    def is_coming(self) -> bool:
        """True while a generation is being made, or will be: a message can wait for it."""
        return self.attempt is not None or self._wanted is not None or self._task is None

    @property
    def code_hash(self) -> str:
        """The hash of what the serving generation was made from."""
        return code_hash(self.sources, self._folder)

    def start(self) -> None:
        """Load the app for the first time, then follow its files."""
        self._wanted = "start"
        self._follow({}, None)
        self._watcher.start()
        self._task = spawn(self._run(), name="reloader")

    async def stop(self) -> None:
        """Stop, leaving what serves as it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        for request in self._requests:
            request.cancel()

    async def reload(self) -> JsonObject:
        """Load the code again, even if nothing has changed; return how that ended."""
        request: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._requests.append(request)
        self._crashes = 0
        self._want("request")
        return await request

    def replace_crashed(self) -> None:
        """The serving worker has died: make another, unless it keeps dying."""
        self._crashes += 1
        if self._crashes >= _MAX_CRASHES:
            self.error = LoadError(
                phase="worker",
                type="WorkerExited",
                message=(
                    f"The worker died {self._crashes} times in a row without finishing a turn. "
                    f"It is started again when a file changes, or on request."
                ),
            )
            return
        self._want("crash")

    def replace_stuck(self) -> None:
        """The serving worker does not let go of a turn: make another in its place."""
        self._want("crash")

    def note_finished_turn(self) -> None:
        """A turn ran to its end: the worker is not one that keeps dying."""
        self._crashes = 0

    def _want(self, reason: Reason) -> None:
        self._wanted = reason
        self._wake.set()

    async def _run(self) -> None:
        await self._reload("start", [])
        while True:
            reason, files = await self._next()
            await self._reload(reason, files)

    async def _next(self) -> tuple[Reason, list[str]]:
        """Wait for a reason to reload."""
        while True:
            if self._wanted is not None:
                return self._wanted, []
            changed = await self._change_or(self._wake.wait())
            self._wake.clear()
            if changed is None:
                continue
            if self._config.reload:
                self._crashes = 0
                return "save", changed
            self.pending = self._shown(changed)

    async def _change_or(self, other: Any) -> list[str] | None:
        """Return what has changed; None when `other` ended first."""
        change = asyncio.ensure_future(self._watcher.changed())
        rest = asyncio.ensure_future(other)
        try:
            await asyncio.wait({change, rest}, return_when=asyncio.FIRST_COMPLETED)
            return change.result() if change.done() else None
        finally:
            for task in (change, rest):
                if not task.done():
                    task.cancel()

    async def _reload(self, reason: Reason, files: list[str]) -> None:
        while True:
            self._wanted = None
            self._wake.clear()
            self.attempt = Attempt(reason=reason, files=self._shown(files))
            self.attempt.notice_ms = self._watcher.last_notice_ms if reason == "save" else 0.0
            self._watcher.accept()
            self._extra = self._before_load()
            self._say("reload.started")
            newer = await self._try()
            if newer is None:
                break
            self._say("reload.superseded")
            files = sorted({*files, *newer})
            reason = "save" if reason != "start" else reason

    async def _try(self) -> list[str] | None:
        """Make one generation; return the files of a newer save that took its place, if one did."""
        loading = asyncio.ensure_future(self._supervisor.load(self._claim_generation()))
        try:
            newer = await self._change_or(asyncio.wait({loading})) if self._config.reload else None
            if newer is not None:
                return newer
            outcome = await loading
        finally:
            if not loading.done():
                loading.cancel()
                await asyncio.wait({loading})
        if outcome.succeeded:
            self._succeed(outcome)
            # Whoever waits for the new code need not wait for this; a change that falls between
            # is seen all the same, as following begins with a look.
            await asyncio.sleep(_QUIET_SECONDS)
            self._follow(outcome.facts["sources"], outcome.facts["modules"])
            return None
        return await self._fail(outcome)

    def _succeed(self, outcome: LoadOutcome) -> None:
        assert self.attempt is not None
        swapped = time.perf_counter()
        facts = outcome.facts
        self._supervisor.promote(outcome)
        self.error = None
        self.app = facts["app"]
        self.warnings = facts["warnings"]
        self.pending = []
        self.sources = {path: digest for path, digest in facts["sources"].items() if digest}
        self._on_swap(outcome.worker.generation or 0)
        self._finish("succeeded", outcome, swap_ms=_since(swapped))

    async def _fail(self, outcome: LoadOutcome) -> list[str] | None:
        self._follow(outcome.facts["sources"], None)
        if self._config.reload:
            newer = await self._change_or(asyncio.sleep(_HOLD_BACK_SECONDS))
            if newer is not None:
                return newer
        self.error = self._describe(outcome.facts)
        self._finish("failed", outcome, swap_ms=0.0)
        return None

    def _finish(
        self, result: Literal["succeeded", "failed"], outcome: LoadOutcome, *, swap_ms: float
    ) -> None:
        assert self.attempt is not None
        attempt, facts = self.attempt, outcome.facts
        total = _since(attempt.started) + attempt.notice_ms
        fields: JsonObject = {
            "files": attempt.files,
            "reason": attempt.reason,
            "duration_ms": round(total, 2),
            "parts": {
                "notice": round(attempt.notice_ms, 2),
                "load": facts["load_ms"],
                "boot": facts["boot_ms"],
                "swap": round(swap_ms, 2),
            },
            "notes": outcome.notes,
        }
        error = None
        if result == "failed" and self.error is not None:
            error = fields["error"] = _as_json(self.error)
        self.attempt = None
        generation = outcome.worker.generation
        if facts["boot_ms"] is not None and result == "succeeded":
            self._record("boot.finished", {"duration_ms": facts["boot_ms"]}, generation=generation)
        serving = self._supervisor.serving
        shown = generation if result == "succeeded" else serving and serving.generation
        self._record(f"reload.{result}", fields, generation=shown or None)
        answer = {
            "outcome": result,
            "generation": shown or None,
            "duration_ms": fields["duration_ms"],
            "error": error,
        }
        requests, self._requests = self._requests, []
        for request in requests:
            if not request.done():
                request.set_result(answer)

    def _say(self, kind: str) -> None:
        assert self.attempt is not None
        fields = {"files": self.attempt.files, "reason": self.attempt.reason}
        serving = self._supervisor.serving
        self._record(kind, fields, generation=None if serving is None else serving.generation)

    def _follow(self, sources: Hashes, modules: Iterable[str] | None) -> None:
        """Watch what this attempt was made from, and where its imports look.

        A file that this attempt did not read counts as it was when the attempt began.
        """
        entry = self._config.entry
        before = self._watcher.baseline
        own = [str(entry.file)] if entry.file else []
        files = {path: before.get(path, hash_file(path)) for path in (*own, *self.sources)}
        files.update(self._extra)
        files.update(sources)
        folders = {str(entry.folder)}
        for path in files:
            if path.endswith(".py") and Path(path).is_relative_to(entry.folder):
                folders.add(str(Path(path).parent))
        names = None
        if modules is not None:
            stems = {Path(path).stem for path in files}
            names = frozenset({name.partition(".")[0] for name in modules} | stems)
        places = [Folder(path=path, modules=names) for path in sorted(folders)]
        self._watcher.follow(files, places)

    def _describe(self, facts: JsonObject) -> LoadError:
        values = facts["error"]
        error = LoadError(phase=facts["phase"], **values)
        file = error.file or (str(self._config.entry.file) if self._config.entry.file else None)
        return replace(error, file=None if file is None else shown_path(file, self._folder))

    def _shown(self, files: Iterable[str]) -> list[str]:
        return [shown_path(path, self._folder) for path in files]


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1_000


def _as_json(error: LoadError) -> JsonObject:
    return {name: getattr(error, name) for name in LoadError.__slots__}
