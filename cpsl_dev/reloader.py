"""Deciding that a new generation is due, making it, and saying what came of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal

from cpsl.concurrency import spawn
from cpsl.records import JsonObject
from cpsl_dev.attempt import Attempt, Reason
from cpsl_dev.config import Config
from cpsl_dev.contents import shown_path
from cpsl_dev.exceptions import CodeNotLive
from cpsl_dev.following import Following
from cpsl_dev.generations import Generations
from cpsl_dev.load_attempt import LoadOutcome
from cpsl_dev.load_error import LoadError, describe_load_error
from cpsl_dev.load_settings import SettingsReader
from cpsl_dev.outcomes import Outcomes
from cpsl_dev.patience import Patience
from cpsl_dev.recorder import Recorder
from cpsl_dev.supervisor import Supervisor
from cpsl_dev.surroundings import Surroundings, package_folders
from cpsl_dev.watcher import Watcher

logger = logging.getLogger(__name__)

# A save that was caught half-way is followed by its other half within this time.
_HOLD_BACK_SECONDS = 0.2
_QUIET_SECONDS = 0.015
_MAX_CRASHES = 3
_LOOK_AGAIN_SECONDS = 0.1


class Reloader:
    """Keeps the running code equal to the code on disk.

    Args:
        config: Which app.
        supervisor: Makes the generations.
        watcher: Says what has changed.
        settings: Reads what a load is made with besides the code.
        record: Where events about reloads go.
        generations: Has the number for the next one.
        on_end: Called when a load has ended, however it did.
    """

    def __init__(
        self,
        config: Config,
        supervisor: Supervisor,
        watcher: Watcher,
        *,
        settings: SettingsReader,
        record: Recorder,
        generations: Generations,
        on_end: Callable[[], None],
    ) -> None:
        self.error: LoadError | None = None
        self.attempt: Attempt | None = None
        self.app: JsonObject | None = None
        self._config = config
        self._folder = config.entry.folder
        self._supervisor = supervisor
        self._watcher = watcher
        self._following = Following(config.entry, watcher, settings)
        self._record = record
        self._generations = generations
        self._on_end = on_end
        self._surroundings = Surroundings(self._folder, self._renew_packages)
        self._patience = Patience()
        self._app_warnings: list[str] = []
        self._not_live: set[str] = set()
        self._outcomes = Outcomes()
        self._wanted: tuple[Reason, list[str]] | None = None
        self._wake = asyncio.Event()
        self._crashes = 0
        self._tasks: list[asyncio.Task[None]] = []

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
        return self.attempt is not None or self._wanted is not None or not self._tasks

    @property
    def code_hash(self) -> str:
        """The hash of what the serving generation was made from."""
        return self._following.code_hash

    @property
    def pending(self) -> list[str]:
        """The files that were saved and are not live."""
        if self.attempt is not None:
            return self.attempt.files
        if not self._config.reload:
            return self._shown(self._watcher.look())
        return sorted(self._not_live)

    @property
    def warnings(self) -> list[str]:
        """What should be known about the app and what it runs on."""
        standby = self._supervisor.standby.warning
        return [
            *self._following.warnings,
            *self._surroundings.warnings,
            *([] if standby is None else [standby]),
            *(shown_path(warning, self._folder) for warning in self._app_warnings),
        ]

    def prepare(self) -> None:
        """Let the first worker start with the settings as they are."""
        self._apply_settings()

    def start(self) -> None:
        """Load the app for the first time, then follow its files."""
        self._wanted = ("start", [])
        self._following.start()
        self._tasks = [
            spawn(self._run(), name="reloader"),
            spawn(self._surroundings.run(), name="surroundings"),
        ]

    async def stop(self) -> None:
        """Stop, leaving what serves as it is."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._outcomes.cancel()

    async def reload(self) -> JsonObject:
        """Load the code again, unless that happens already; return how it ended."""
        self._crashes = 0
        if self.attempt is None:
            self._want("request")
        return await self._outcomes.next()

    async def catch_up(self) -> None:
        """Wait until the code on the disk is what serves.

        Raises:
            CodeNotLive: it cannot be loaded, or is not to be.
        """
        while self.attempt is not None or (changed := self._watcher.look()):
            if self.attempt is None and not self._config.reload:
                files = ", ".join(self._shown(changed))
                raise CodeNotLive(f"{files} changed, and reloading is off.", "Ask for a reload")
            self._watcher.nudge()
            # A change that is taken back while it settles is never told of.
            await self._outcomes.wait(_LOOK_AGAIN_SECONDS)
        if self.error is not None:
            raise CodeNotLive(f"{self.error}.", "Mend it")

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

    def note_file(self, pid: int, event: JsonObject) -> None:
        """A worker has read or written a file that may be one that the code is made from."""
        loading, serving = self._supervisor.loading, self._supervisor.serving
        path, digest = event["path"], event.get("hash")
        is_loading = loading is not None and loading.pid == pid
        if event["kind"] == "source.written":
            note = self._following.note_generated if is_loading else self._following.note_written
            note(path)
        elif is_loading:
            self._following.note_read(path, digest)
        elif serving is not None and serving.pid == pid and digest is not None:
            self._following.note_imported(path, digest)

    def _want(self, reason: Reason, files: Iterable[str] = ()) -> None:
        self._wanted = (reason, list(files))
        self._wake.set()

    def _renew_packages(self) -> None:
        """Packages were installed or removed: no standby may hold the old ones."""
        self._supervisor.standby.renew("the installed packages have changed")
        if self.error is not None and self.error.phase == "import" and self._config.reload:
            self._want("save", package_folders()[:1])

    async def _run(self) -> None:
        reason: Reason = "start"
        files: list[str] = []
        while True:
            try:
                await self._reload(reason, files)
                reason, files = await self._next()
            except Exception as error:
                # A reloader that is gone would leave old code running without a word.
                logger.exception("the reload failed")
                self._break(error)
                reason, files = await self._next()

    def _break(self, error: Exception) -> None:
        """Say that the dev server itself failed, which only its makers can mend."""
        self.error = LoadError(phase="worker", type=type(error).__name__, message=f"{error}")
        if self.attempt is not None:
            self._say("reload.failed", error=self.error.to_json())
            self.attempt = None

    async def _next(self) -> tuple[Reason, list[str]]:
        """Wait for a reason to reload."""
        while self._wanted is None:
            if self._config.reload:
                changed = await self._change_or(self._wake.wait())
                if changed is not None:
                    self._crashes = 0
                    return ("save", changed)
            else:
                await self._wake.wait()
            self._wake.clear()
        return self._wanted

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
            notice_ms = self._watcher.last_notice_ms if reason == "save" else 0.0
            self.attempt = Attempt(reason=reason, files=self._shown(files), notice_ms=notice_ms)
            self._following.begin()
            is_other_environment = self._apply_settings()
            if reason == "save" and not is_other_environment and self._is_beside_the_code(files):
                self._say("reload.started")
                self._leave_unchanged(files)
                return
            newer = await self._try()
            if newer is None:
                self._patience.note_ended()
                return
            if self._supervisor.has_begun:
                self._patience.note_superseded(_since(self.attempt.started) / 1_000)
            self._say("reload.superseded")
            files = sorted({*files, *newer})
            reason = "save" if reason != "start" else reason

    def _apply_settings(self) -> bool:
        """Let workers start with the settings; return whether these are others than before."""
        settings, supervisor = self._following.settings, self._supervisor
        supervisor.load_timeout_seconds = settings.load_timeout_seconds
        supervisor.draining.limit_seconds = settings.drain_timeout_seconds
        return supervisor.change_environment(settings.environment.variables)

    def _is_beside_the_code(self, files: list[str]) -> bool:
        """Tell whether what serves is still what the files would give."""
        is_good = self.error is None and self._supervisor.serving is not None
        return is_good and self._following.is_beside_the_code(files)

    def _leave_unchanged(self, files: list[str]) -> None:
        self._following.watch_again(files)
        self._say("reload.unchanged", notes=self._following.hints)
        self.attempt = None
        serving = self._supervisor.serving
        self._answer("unchanged", None if serving is None else serving.generation, 0.0, None)

    async def _try(self) -> list[str] | None:
        """Make one generation; return the files of a newer save that took its place, if one did."""
        loading = asyncio.ensure_future(self._supervisor.load(self._generations.claim()))
        try:
            # First the worker is told to begin, then the world that it does.
            await asyncio.sleep(0)
            self._say("reload.started")
            if patience := self._patience.seconds:
                await asyncio.wait({loading}, timeout=patience)
            newer = await self._change_or(asyncio.wait({loading})) if self._config.reload else None
            # One that is loaded by now is of use; what is newer will be found again.
            if newer is not None and not loading.done():
                return newer
            outcome = await loading
        finally:
            if not loading.done():
                loading.cancel()
                await asyncio.wait({loading})
        if not outcome.succeeded:
            return await self._fail(outcome)
        self._succeed(outcome)
        # Whoever waits for the new code need not wait for this; a change that falls between
        # is seen all the same, as following begins with a look.
        await asyncio.sleep(_QUIET_SECONDS)
        self._following.watch_adopted(outcome.facts)
        return None

    def _succeed(self, outcome: LoadOutcome) -> None:
        swapped = time.perf_counter()
        facts = outcome.facts
        self._supervisor.promote(outcome)
        self.error = None
        self.app = facts["app"]
        self._following.adopt(facts)
        self._app_warnings = facts["warnings"]
        self._not_live.clear()
        # A worker that died while its successor was made needs no other one.
        self._wanted = None
        self._generations.use(outcome.worker.generation or 0)
        self._finish("succeeded", outcome, swap_ms=_since(swapped))

    async def _fail(self, outcome: LoadOutcome) -> list[str] | None:
        assert self.attempt is not None
        self._following.watch_rejected(outcome.facts)
        if self._config.reload and not self._patience.seconds:
            newer = await self._change_or(asyncio.sleep(_HOLD_BACK_SECONDS))
            if newer is not None:
                return newer
        gone = self._following.missing()
        self.error = describe_load_error(outcome.facts, self._config.entry, gone)
        self._not_live.update(self.attempt.files)
        self._finish("failed", outcome, swap_ms=0.0)
        return None

    def _finish(
        self, result: Literal["succeeded", "failed"], outcome: LoadOutcome, *, swap_ms: float
    ) -> None:
        assert self.attempt is not None
        fields = self.attempt.describe(outcome, swap_ms)
        error = None
        if self.error is not None:
            error = fields["error"] = self.error.to_json()
        self.attempt = None
        serving = self._supervisor.serving
        generation = None if serving is None else serving.generation
        boot_ms = outcome.facts["boot_ms"]
        if boot_ms is not None and error is None:
            self._record("boot.finished", {"duration_ms": boot_ms}, generation=generation)
        self._record(f"reload.{result}", fields, generation=generation)
        self._answer(result, generation, fields["duration_ms"], error)

    def _answer(
        self, result: str, generation: int | None, duration_ms: float, error: JsonObject | None
    ) -> None:
        """Tell whoever waits for a load, or asked for one, how it ended."""
        self._on_end()
        how = {"outcome": result, "generation": generation}
        self._outcomes.tell({**how, "duration_ms": duration_ms, "error": error})

    def _say(self, kind: str, **more: Any) -> None:
        assert self.attempt is not None
        fields = {"files": self.attempt.files, "reason": self.attempt.reason, **more}
        serving = self._supervisor.serving
        self._record(kind, fields, generation=None if serving is None else serving.generation)

    def _shown(self, files: Iterable[str]) -> list[str]:
        return [shown_path(path, self._folder) for path in files]


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1_000
